/** A whole number from 0 on, below the argument. */
export type RandomBelow = (below: number) => number;

/** Mulberry32: the same cases everywhere, for ever. */
export function randomFrom(seed: number): RandomBelow {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const telling = [0, 1, 0x7f, 0x80, 0xff];

/** A copy of these bytes with one to three changes: bits, bytes, pieces moved, taken out or put in, limits of numbers. */
export function mutated(seed: Uint8Array, random: RandomBelow): Uint8Array {
  let bytes = seed.slice();
  for (let times = 1 + random(3); times > 0 && bytes.length > 0; times--) {
    const at = random(bytes.length);
    const length = 1 + random(Math.min(16, bytes.length));
    switch (random(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes.copyWithin(at, random(bytes.length), random(bytes.length) + length);
        break;
      case 4:
        bytes = joined([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 5:
        bytes = joined([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes.fill(telling[random(telling.length)] ?? 0, at, at + 2 ** random(4));
    }
  }
  return bytes;
}

/** Pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}
