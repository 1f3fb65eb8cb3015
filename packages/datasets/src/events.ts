/** Something that will still work, but probably not as wished. */
export interface DataWarning {
  readonly type: 'warning';
  readonly code:
    | 'one-class-buffer'
    | 'sorted-by-class'
    | 'repaired'
    | 'missing-values'
    | 'unreadable-image'
    | 'cmyk-image';
  readonly message: string;
  /** The file it is about, where it is about one. */
  readonly file?: string;
}

/** Bytes that came in, of a file being read or downloaded. */
export interface DataProgress {
  readonly type: 'progress';
  readonly file: string;
  readonly bytesRead: number;
  /** Undefined where the size is not known. */
  readonly bytesTotal: number | undefined;
}

export type DataEvent = DataWarning | DataProgress;
