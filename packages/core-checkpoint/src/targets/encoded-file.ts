/** A file about to be written: its size is known before its first byte. */
export interface EncodedFile {
  readonly byteLength: number;
  /** in order; views of the tensors' own memory, valid until the tensors change */
  chunks(): Iterable<Uint8Array>;
}

/** All of an encoded file in memory. */
export function encodedBytes({ byteLength, chunks }: EncodedFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
