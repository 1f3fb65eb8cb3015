export type DataErrorCode =
  | 'no-data'
  | 'no-column'
  | 'no-label'
  | 'one-class'
  | 'too-many-classes'
  | 'too-few-labels'
  | 'too-few-rows'
  | 'word-among-numbers'
  | 'other-data'
  | 'unreadable-image';

/** Data that cannot be learned from: which file, which column or row, and what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataErrorCode;
  readonly file: string | undefined;

  constructor(code: DataErrorCode, message: string, file?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.file = file;
  }
}
