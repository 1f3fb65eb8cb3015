import { type ByteRange, type ByteSource, bufferFor } from './byte-source.js';

/** @returns a source over bytes in memory; ranges are copies, so what is read never aliases them */
export function memorySource(bytes: Uint8Array, name = 'bytes'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async *read(ranges: readonly ByteRange[], signal?: AbortSignal) {
      for (const range of ranges) {
        signal?.throwIfAborted();
        const copy = bufferFor(range);
        copy.set(bytes.subarray(range.start, range.end));
        range.onArrival?.(copy, copy.byteLength);
        yield copy;
      }
    },
    async close() {},
  };
}
