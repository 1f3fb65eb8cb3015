import type { Refuse } from '../errors.js';

/** Structures that claim memory by a number of their own: the signature, where the numbers are, how wide. */
const claims: readonly (readonly [signature: string, offset: number, width: 4 | 8])[] = [
  ['HEAP', 8, 8],
  ['GCOL', 8, 8],
  ['FRHP', 112, 8],
  ['FRHP', 120, 8],
  ['BTHD', 6, 4],
];

/** What one structure may claim in a file that is smaller than this: the library rounds some up. */
const leastBytes = 2 ** 20;

/**
 * Refuses a file whose structures claim more bytes than it has, or never end. The library believes them, and
 * allocates before it reads.
 *
 * @see HDF5 File Format Specification 3.0, III.D (local heap), III.E (global heap), III.G (fractal heap), III.A.2
 */
export function checkStructureSizes(bytes: Uint8Array, refuse: Refuse): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const most = Math.max(bytes.byteLength, leastBytes);
  const firsts = new Map<number, (typeof claims)[number][]>();
  for (const claim of claims) {
    const first = claim[0].charCodeAt(0);
    firsts.set(first, [...(firsts.get(first) ?? []), claim]);
  }
  for (const [first, group] of firsts) {
    for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
      for (const [signature, offset, width] of group) {
        if (at + offset + width > bytes.byteLength || !matches(bytes, at, signature)) continue;
        const size =
          width === 4 ? view.getUint32(at + offset, true) : Number(view.getBigUint64(at + offset, true));
        if (signature === 'HEAP') checkFreeList(view, at, refuse);
        if (size <= most) continue;
        throw refuse(
          'limit',
          `its structure ${signature} claims ${size} bytes, the file has ${bytes.byteLength}`,
          {
            offset: at,
            hint: 'The file is damaged; fetch or save it again.',
          },
        );
      }
    }
  }
}

/** A local heap's list of free blocks, each naming the next: the library follows it until it ends. */
function checkFreeList(view: DataView, heap: number, refuse: Refuse): void {
  if (heap + 32 > view.byteLength) return;
  const wide = (at: number) => Number(view.getBigUint64(at, true));
  const [size, start] = [wide(heap + 8), wide(heap + 24)];
  let left = size / 16; // a free block takes at least this
  for (let free = wide(heap + 16); free !== 1; free = wide(start + free)) {
    left -= 1;
    if (left < 0) {
      throw refuse('bad-header', 'its list of free blocks runs in a circle', {
        offset: heap,
        hint: 'The file is damaged; fetch or save it again.',
      });
    }
    if (start + free + 8 > view.byteLength) return; // the library refuses it
  }
}

function matches(bytes: Uint8Array, at: number, signature: string): boolean {
  for (let i = 0; i < signature.length; i++) if (bytes[at + i] !== signature.charCodeAt(i)) return false;
  return true;
}
