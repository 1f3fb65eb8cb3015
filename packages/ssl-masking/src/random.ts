import type { Random } from '@warmstart/shapes';

/**
 * One stream for a whole batch, or one for each row: rows with their own stream, e.g.
 * `(row) => seededRandom(7, 'mask', epoch, sampleIds[row])`, get the same mask in any batch and any order.
 */
export type RandomByRow = { forRow: (row: number) => Random };

/**
 * The stream for a row.
 *
 * @throws TypeError for anything but a stream or streams by row, such as a seed
 */
export function rowRandom(random: Random | RandomByRow, row: number): Random {
  if (typeof random === 'function') return random;
  if (typeof random?.forRow === 'function') return random.forRow(row);
  throw new TypeError(
    `random must be a function that gives numbers in [0, 1), or { forRow }, got ${typeof random}. E.g. seededRandom(7, 'mask').`,
  );
}

/** `count` different numbers below `size`, written to the front of `order`, which holds 0 … size−1 in some order. */
export function drawToFront(order: Int32Array, size: number, count: number, random: Random): void {
  for (let index = 0; index < count; index++) {
    const other = index + Math.floor(random() * (size - index));
    const taken = order[other] as number; // index ≤ other < size
    order[other] = order[index] as number;
    order[index] = taken;
  }
}

/**
 * Brings runs of neighbours to the front of `order`, `count` in all: runs begin at random places and skip what
 * is already taken.
 */
export function drawSpansToFront(order: Int32Array, count: number, length: number, random: Random): void {
  const taken = new Uint8Array(order.length);
  let left = count;
  while (left > 0) {
    const start = Math.floor(random() * order.length);
    for (let place = start; place < Math.min(start + length, order.length) && left > 0; place++) {
      if (taken[place]) continue;
      taken[place] = 1;
      left--;
    }
  }
  const places = [...order.keys()];
  const sorted = [...places.filter((place) => taken[place]), ...places.filter((place) => !taken[place])];
  order.set(sorted.map((place) => order[place] as number));
}
