import { mix } from './mix.js';
import { seededRandom } from './seeded-random.js';

/**
 * A random order of 0 … count − 1 that needs no memory: the function gives the number at a position.
 *
 * A six-round Feistel network over the next power of four, walked until it lands inside.
 *
 * @param count - a whole number from 0 to 2⁵²
 * @param seed, stream - as `seededRandom` takes them; another epoch in the stream is another order
 * @returns for a position in 0 … count − 1 the number there; it throws a RangeError for any other position
 * @throws RangeError if `count` is not such a number
 * @see Black and Rogaway 2002, "Ciphers with Arbitrary Finite Domains"
 */
export function keyedPermutation(
  count: number,
  seed: number,
  ...stream: readonly (string | number)[]
): (position: number) => number {
  if (!Number.isInteger(count) || count < 0 || count > 2 ** 52) {
    throw new RangeError(`keyedPermutation: count must be a whole number from 0 to 2^52, got ${count}.`);
  }
  let halfBits = 1;
  while (4 ** halfBits < count) halfBits++;
  const half = 2 ** halfBits;
  const random = seededRandom(seed, 'permutation', ...stream);
  const keys = Array.from({ length: 6 }, () => Math.floor(random() * 2 ** 32));
  return (position) => {
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new RangeError(
        `keyedPermutation: position must be a whole number below ${count}, got ${position}.`,
      );
    }
    let value = encrypted(position, half, keys);
    while (value >= count) value = encrypted(value, half, keys);
    return value;
  };
}

/** One walk through the network; its halves are below `half`, at most 2²⁶. */
function encrypted(value: number, half: number, keys: readonly number[]): number {
  let left = Math.floor(value / half);
  let right = value % half;
  for (const key of keys) {
    const next = (left ^ (mix(right ^ key) & (half - 1))) >>> 0;
    left = right;
    right = next;
  }
  return left * half + right;
}
