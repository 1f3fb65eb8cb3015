/** Why a queue could not be used. */
export type QueueErrorCode =
  | 'unreachable' // no Redis answers
  | 'eviction' // Redis may throw jobs away
  | 'damaged'; // a file is not what its digest says

/** Thrown before any work starts, or by a worker for one scout. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
