import { DatasetError } from '../../errors.js';

/** Structures that claim memory by a number of their own: the signature, where the number is, how wide it is. */
const claims: readonly (readonly [signature: string, offset: number, width: 4 | 8])[] = [
  ['HEAP', 8, 8],
  ['GCOL', 8, 8],
  ['FRHP', 112, 8],
  ['FRHP', 120, 8],
  ['BTHD', 6, 4],
];

/** What a structure may claim in any file: the library rounds some up. */
const leastBytes = 2 ** 20;

/**
 * @internal Refuses a file whose structures claim more bytes than it has, or never end: the library believes them, and
 * allocates or follows them before it reads.
 *
 * @throws DatasetError `malformed`
 * @see HDF5 File Format Specification 3.0, III.A.2, III.D, III.E, III.G
 */
export function checkStructureSizes(bytes: Uint8Array, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const most = Math.max(bytes.byteLength, leastBytes);
  for (const [signature, offset, width] of claims) {
    for (const at of placesOf(bytes, signature)) {
      if (at + offset + width > bytes.byteLength) continue;
      const size =
        width === 4 ? view.getUint32(at + offset, true) : Number(view.getBigUint64(at + offset, true));
      if (size > most)
        throw damaged(`a structure claims ${size} bytes of a file of ${bytes.byteLength}`, file, at);
      if (signature === 'HEAP' && freeListRunsInCircle(view, at))
        throw damaged('a list of free blocks runs in a circle', file, at);
      if (signature === 'GCOL' && !collectionEnds(view, at, size))
        throw damaged('a collection of texts has an object without an end', file, at);
    }
  }
}

function* placesOf(bytes: Uint8Array, signature: string): Generator<number> {
  const codes = Array.from(signature, (letter) => letter.charCodeAt(0));
  const [first = 0] = codes;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
    if (codes.every((code, i) => bytes[at + i] === code)) yield at;
}

/** A local heap's free blocks each name the next. */
function freeListRunsInCircle(view: DataView, heap: number): boolean {
  if (heap + 32 > view.byteLength) return false;
  const wide = (at: number) => Number(view.getBigUint64(at, true));
  const [size, start] = [wide(heap + 8), wide(heap + 24)];
  let left = size / 16; // a free block takes at least this
  for (let free = wide(heap + 16); free !== 1; free = wide(start + free)) {
    left -= 1;
    if (left < 0) return true;
    if (start + free + 8 > view.byteLength) return false; // the library refuses it
  }
  return false;
}

/** A global heap collection: objects of 16 bytes and their content, then what is free; one of no length never ends. */
function collectionEnds(view: DataView, start: number, size: number): boolean {
  const end = Math.min(start + size, view.byteLength);
  for (let at = start + 16; at + 16 <= end; ) {
    const length = Number(view.getBigUint64(at + 8, true));
    const step = view.getUint16(at, true) === 0 ? length : 16 + Math.ceil(length / 8) * 8;
    if (step < 16 || at + step > end) return false;
    at += step;
  }
  return true;
}

function damaged(what: string, file: string, byte: number): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}. The file is damaged; fetch or save it again.`, {
    file,
    byte,
  });
}
