/** A number in [0, 1). */
export type Random = () => number;

/**
 * A random generator that depends on nothing but its seed and stream.
 *
 * @param seed - any finite number; 0 is a seed like any other
 * @param stream - what the numbers are for, e.g. `'shuffle', epoch`; each stream is independent
 * @see sfc32 of PractRand (Doty-Humphrey), seeded by 32-bit FNV-1a over the stream's text
 */
export function seededRandom(seed: number, ...stream: (string | number)[]): Random {
  const key = JSON.stringify([seed, ...stream]);
  let [a, b, c, counter] = [hash(key, 1), hash(key, 2), hash(key, 3), 1];
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

function hash(text: string, salt: number): number {
  let state = Math.imul(0x811c9dc5 ^ salt, 0x01000193);
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return mix(state ^ Math.imul(salt, 0x9e3779b9));
}

/** @internal A 32-bit integer with every input bit spread over every output bit (murmur3's finalizer). */
export function mix(value: number): number {
  let state = value | 0;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) | 0;
}

/** @internal Puts the values in random order, in place (Fisher and Yates). */
export function shuffleInPlace<T extends Uint32Array | number[]>(values: T, random: Random): T {
  for (let last = values.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = values[last] as number;
    values[last] = values[other] as number;
    values[other] = moved;
  }
  return values;
}

/**
 * @internal A permutation of 0 … count−1 that needs no memory: `order(position)` is the row at a position.
 * A six-round Feistel network over the next even power of two, walked until it lands inside.
 * @see Black and Rogaway 2002, "Ciphers with arbitrary finite domains"
 */
export function keyedPermutation(
  count: number,
  seed: number,
  ...stream: (string | number)[]
): (position: number) => number {
  let halfBits = 1;
  while (4 ** halfBits < count) halfBits++;
  const half = 2 ** halfBits;
  const random = seededRandom(seed, 'permutation', ...stream);
  const keys = Array.from({ length: 6 }, () => Math.floor(random() * 2 ** 32));
  const encrypt = (value: number) => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (const key of keys) {
      const next = (left ^ (mix(right ^ key) & (half - 1))) >>> 0;
      left = right;
      right = next;
    }
    return left * half + right;
  };
  return (position) => {
    let value = encrypt(position);
    while (value >= count) value = encrypt(value);
    return value;
  };
}
