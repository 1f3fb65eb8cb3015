import { checkRandom } from './check-random.js';

/** What can be put in order in place: an array, or an array of numbers of any type. */
export type Shuffleable =
  | unknown[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/**
 * Puts the values in random order, in place: every order is equally likely.
 *
 * @param random - draws in [0, 1), e.g. `seededRandom(7, 'order', epoch)`; one draw a value
 * @returns the same array
 * @throws TypeError if `random` is not a function, such as a seed
 * @see Fisher and Yates; Durstenfeld 1964, Algorithm 235
 */
export function shuffle<Values extends Shuffleable>(values: Values, random: () => number): Values {
  checkRandom('shuffle', random);
  for (let last = values.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    const moved = values[last];
    values[last] = values[chosen] as never; // both are values of this array
    values[chosen] = moved as never;
  }
  return values;
}

/** The values in random order, as a new array: {@link shuffle} that leaves what it is given as it is. */
export function shuffled<Item>(values: Iterable<Item>, random: () => number): Item[] {
  checkRandom('shuffled', random);
  return shuffle(Array.from(values), random);
}

/**
 * The numbers 0 … count − 1 in random order, e.g. of the rows of a table.
 *
 * @param count - a whole number from 0 on
 * @throws RangeError for any other count
 */
export function randomOrder(count: number, random: () => number): Int32Array {
  checkRandom('randomOrder', random);
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`randomOrder: count must be a whole number from 0 on, got ${count}.`);
  }
  return shuffle(
    Int32Array.from({ length: count }, (_, index) => index),
    random,
  );
}
