import type { Random } from '@warmstart/shapes';

/** A classification of some rows into a few classes. Plain data: it can be sent to another thread. */
export interface ClassSubset {
  name: string;
  /** The original classes, or clusters, ascending. */
  classes: number[];
  /** Rows of those classes, ascending. */
  rows: Int32Array;
  /** Position in `classes` of each row's class, from 0. */
  labels: Int32Array;
}

/** What {@link classSubsets} takes. */
export interface ClassSubsetsOptions {
  /** The class of each row, an integer ≥ 0. */
  labels: ArrayLike<number>;
  /** Classes in a sub-problem, ≥ 2. */
  size: number;
  /** How many; drawn without replacement. Default: every combination. */
  count?: number;
  /** At most so many rows of a class, drawn for each sub-problem anew. Default: all. */
  rowsPerClass?: number;
  /** Draws in [0, 1); needed for `count` and `rowsPerClass`. */
  random?: Random;
}

/**
 * Easier problems of labelled data: tell a few of its classes apart, e.g. all 35 triples of 7 digits.
 *
 * @throws RangeError if there are fewer classes than `size`, or fewer combinations than `count`
 * @see Nikolić et al. 2023, arXiv 2303.16154
 */
export function classSubsets(options: ClassSubsetsOptions): ClassSubset[] {
  return subsetsOf('classSubsets', 'class', options);
}

/** Shared with clusters, which are classes that nobody named. */
export function subsetsOf(caller: string, noun: string, options: ClassSubsetsOptions): ClassSubset[] {
  const { labels, size, rowsPerClass = Number.POSITIVE_INFINITY, random } = options;
  const rowsOf = rowsByClass(caller, labels);
  const classes = [...rowsOf.keys()].sort((left, right) => left - right);
  if (!Number.isInteger(size) || size < 2 || size > classes.length) {
    throw new RangeError(
      `${caller}: size must be an integer in [2, ${classes.length}], the classes there are, got ${size}.`,
    );
  }
  const total = combinationCount(classes.length, size);
  const { count = total } = options;
  if (!Number.isInteger(count) || count < 1 || count > total) {
    throw new RangeError(
      `${caller}: count must be an integer in [1, ${total}], the combinations there are, got ${count}.`,
    );
  }
  if (!random && (count < total || rowsPerClass !== Number.POSITIVE_INFINITY)) {
    throw new TypeError(`${caller}: random must be given to draw combinations or rows, got none.`);
  }
  const draw = random ?? (() => 0);
  return chosenCombinations(classes.length, size, count, draw).map((positions) => {
    const chosen = positions.map((position) => classes[position] ?? 0);
    return subset(noun, chosen, rowsOf, rowsPerClass, draw);
  });
}

function rowsByClass(caller: string, labels: ArrayLike<number>): Map<number, number[]> {
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] ?? -1;
    if (!Number.isInteger(label) || label < 0) {
      throw new RangeError(`${caller}: labels must be integers ≥ 0, got ${label} for row ${row}.`);
    }
    const rows = rowsOf.get(label);
    if (rows) rows.push(row);
    else rowsOf.set(label, [row]);
  }
  return rowsOf;
}

function subset(
  noun: string,
  classes: number[],
  rowsOf: ReadonlyMap<number, number[]>,
  rowsPerClass: number,
  random: Random,
): ClassSubset {
  const labelled = classes.flatMap((name, label) => {
    const rows = rowsOf.get(name) ?? [];
    const chosen = rows.length > rowsPerClass ? drawWithout(rows, rowsPerClass, random) : rows;
    return chosen.map((row) => ({ row, label }));
  });
  labelled.sort((left, right) => left.row - right.row);
  return {
    name: `${noun} ${classes.join(' against ')}`,
    classes,
    rows: Int32Array.from(labelled, ({ row }) => row),
    labels: Int32Array.from(labelled, ({ label }) => label),
  };
}

/** `count` different items, each set equally likely. */
export function drawWithout<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const pool = [...items];
  for (let i = 0; i < count; i++) {
    const chosen = i + Math.floor(random() * (pool.length - i));
    // both positions are inside the pool
    [pool[i], pool[chosen]] = [pool[chosen] as Item, pool[i] as Item];
  }
  return pool.slice(0, count);
}

function combinationCount(from: number, size: number): number {
  let count = 1;
  for (let i = 1; i <= size; i++) count = Math.round((count * (from - size + i)) / i);
  return count;
}

/** All combinations in order, or `count` different ones by drawing until there are enough. */
function chosenCombinations(from: number, size: number, count: number, random: Random): number[][] {
  const total = combinationCount(from, size);
  if (total <= 100_000) {
    const all = combinations(from, size);
    return count === total ? all : drawWithout(all, count, random);
  }
  const positions = Array.from({ length: from }, (_, i) => i);
  const chosen = new Map<string, number[]>();
  while (chosen.size < count) {
    const drawn = drawWithout(positions, size, random).sort((left, right) => left - right);
    chosen.set(drawn.join(), drawn);
  }
  return [...chosen.values()];
}

function combinations(from: number, size: number, first = 0): number[][] {
  if (size === 0) return [[]];
  const found: number[][] = [];
  for (let head = first; head <= from - size; head++) {
    for (const tail of combinations(from, size - 1, head + 1)) found.push([head, ...tail]);
  }
  return found;
}
