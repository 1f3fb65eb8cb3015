/** A file that does not hold what a model or network needs. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
  readonly code = 'model-file';
  readonly file: string;

  constructor(message: string, file: string) {
    super(message);
    this.file = file;
  }
}
