import { type ByteRange, type ByteSource, bufferFor } from './byte-source.js';

/** @returns a source over a Blob or File; only the slices asked for are read */
export function blobSource(blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    async *read(ranges: readonly ByteRange[], signal?: AbortSignal) {
      for (const range of ranges) {
        signal?.throwIfAborted();
        const slice = new Uint8Array(await blob.slice(range.start, range.end).arrayBuffer());
        const bytes = range.start % 64 === 0 ? slice : bufferFor(range);
        if (bytes !== slice) bytes.set(slice);
        range.onArrival?.(bytes, bytes.byteLength);
        yield bytes;
      }
    },
    async close() {},
  };
}
