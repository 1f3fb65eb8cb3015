import type { EncodedFile } from './encoded-file.js';

/** Somewhere a file can be put whole: until `write` resolves, what was there before is still there. */
export interface ByteTarget {
  /** its extension chooses the format */
  readonly name: string;
  write(file: EncodedFile): Promise<void>;
}
