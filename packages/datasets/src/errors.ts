export type DatasetErrorCode =
  /** bytes that are not the format they should be */
  | 'malformed'
  /** the data stopped before it should */
  | 'truncated'
  /** a size, digest or checksum is not the expected one */
  | 'integrity'
  /** a limit on size, count, depth or ratio was passed */
  | 'limit'
  /** an archive member that must not be written or followed */
  | 'unsafe-member'
  /** text that is not in the encoding it should be in */
  | 'encoding'
  /** a file the set needs is not there */
  | 'missing'
  /** an optional package that the format needs is not installed */
  | 'missing-peer'
  /** the server could not or would not answer */
  | 'network'
  /** a state that belongs to another pipeline */
  | 'state';

/** Where in the input the problem lies; all counts start at 0 for bytes, at 1 for records. */
export interface DataPlace {
  readonly file?: string | undefined;
  readonly record?: number | undefined;
  readonly byte?: number | undefined;
}

/** Something the caller can act on was wrong with the data. `code` is stable. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;
  readonly file: string | undefined;
  readonly record: number | undefined;
  readonly byte: number | undefined;

  constructor(code: DatasetErrorCode, message: string, place: DataPlace = {}, options?: { cause?: unknown }) {
    super(withPlace(message, place), options);
    this.code = code;
    this.file = place.file;
    this.record = place.record;
    this.byte = place.byte;
  }
}

function withPlace(message: string, place: DataPlace): string {
  const parts = [
    place.file === undefined ? '' : place.file,
    place.record === undefined ? '' : `record ${place.record}`,
    place.byte === undefined ? '' : `byte ${place.byte}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? message : `${message} [${parts.join(', ')}]`;
}
