/** Called as bytes arrive: `bytes` is the whole range's buffer, of which the first `available` are there. */
export type OnArrival = (bytes: Uint8Array, available: number) => void;

/** One stretch of a source, `start` included, `end` not. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
  readonly onArrival?: OnArrival | undefined;
}

/** Bytes somewhere, read in any order: a file, a URL, a Blob, an entry of a database. */
export interface ByteSource {
  /** for messages, and to tell formats apart by extension where bytes cannot */
  readonly name: string;
  /** in bytes */
  readonly size: number;
  /**
   * Reads ranges, given in ascending order, and yields them in that order, each in a buffer of its own
   * whose address is congruent to `start` modulo 64: what is aligned in the file is aligned in memory.
   */
  read(ranges: readonly ByteRange[], signal?: AbortSignal): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Another file beside this one, e.g. a shard. Absent where there is no beside. */
  sibling?(name: string): Promise<ByteSource>;
  close(): Promise<void>;
}

/** A zeroed buffer for the bytes [start, end) of a source, with the alignment `read` promises. */
export function bufferFor({ start, end }: ByteRange): Uint8Array<ArrayBuffer> {
  const lead = start % 64;
  return new Uint8Array(new ArrayBuffer(lead + end - start), lead);
}

/** Reads one range. */
export async function readRange(
  source: ByteSource,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  for await (const bytes of source.read([{ start, end }], signal)) return bytes;
  throw new RangeError(`readRange: ${source.name} must yield every range it is asked for, got none.`);
}
