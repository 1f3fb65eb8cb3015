export type TransferErrorCode =
  /** there is nothing of that name, or nothing in it that can be learned from */
  | 'no-data'
  /** a column, gene or other part that was named or learned from is not there */
  | 'no-column'
  | 'no-label'
  | 'one-class'
  | 'too-many-classes'
  | 'too-few-labels'
  | 'too-few-rows'
  /** a cell that does not fit its column */
  | 'bad-value'
  /** a class, word or column that the model never saw */
  | 'unknown-value'
  /** rows of another kind, or an encoder that cannot take them */
  | 'other-data'
  /** a file that is not a model of ours, is damaged, or is of a newer version */
  | 'model-file'
  /** an option that does not exist, or that does not fit the others */
  | 'bad-option';

/** Rows, options or a model file that cannot be used: what came, what was expected, and what to do. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
  readonly code: TransferErrorCode;
  /** The file or data set concerned, where there is one. */
  readonly file: string | undefined;

  constructor(code: TransferErrorCode, message: string, options?: ErrorOptions & { file?: string }) {
    super(message, options);
    this.code = code;
    this.file = options?.file;
  }
}
