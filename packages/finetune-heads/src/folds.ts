import type { Random } from '@warmstart/shapes';

/** The fold of a row that is never held out, because no other row has its class. */
export const neverHeldOut = -1;

/**
 * Deals rows into folds for cross-validation, each about equally large.
 *
 * With labels the folds are stratified: each class is spread over the folds as evenly as its rows allow, so no
 * training part lacks a class. A class with a single row cannot be judged and learned from at once: that row gets
 * the fold −1 and always stays in the training part.
 *
 * @param options.rows - how many rows there are
 * @param options.folds - at least 2, at most as many as rows
 * @param options.labels - class indices, one a row; without them rows are dealt regardless of what they hold
 * @param options.random - e.g. `seededRandom(seed, 'folds', repeat)`
 * @returns the fold of each row, 0 to folds − 1, or −1
 * @throws RangeError for folds that cannot be dealt, or labels that are not one a row
 * @see `sklearn.model_selection.StratifiedKFold`
 * @example
 * const folds = drawFolds({ rows: 6, folds: 2, labels: [0, 0, 0, 1, 1, 2], random: seededRandom(7, 'folds') });
 * folds[5]; // -1: the only row of class 2
 */
export function drawFolds(options: {
  rows: number;
  folds: number;
  random: Random;
  labels?: ArrayLike<number>;
}): Int32Array {
  const { rows, folds, random, labels } = options;
  if (!(Number.isInteger(folds) && folds >= 2 && folds <= rows)) {
    throw new RangeError(
      `drawFolds: folds must be a whole number from 2 to the number of rows, ${rows}, got ${folds}.`,
    );
  }
  if (labels && labels.length !== rows) {
    throw new RangeError(`drawFolds: labels must be one a row (${rows}), got ${labels.length}.`);
  }
  const foldOf = new Int32Array(rows).fill(neverHeldOut);
  let next = 0;
  for (const members of byClass(rows, labels)) {
    if (members.length === 1) continue;
    shuffle(members, random);
    for (const row of members) foldOf[row] = next++ % folds;
  }
  return foldOf;
}

function byClass(rows: number, labels: ArrayLike<number> | undefined): number[][] {
  const members = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const label = labels ? (labels[row] as number) : 0;
    const known = members.get(label);
    if (known) known.push(row);
    else members.set(label, [row]);
  }
  return [...members.keys()].sort((left, right) => left - right).map((label) => members.get(label) ?? []);
}

function shuffle(rows: number[], random: Random): void {
  for (let last = rows.length - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [rows[last], rows[chosen]] = [rows[chosen] as number, rows[last] as number];
  }
}
