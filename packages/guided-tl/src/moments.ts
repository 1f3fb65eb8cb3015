/**
 * What is known of many vectors after seeing them once: how many, their mean, and the sum of squared
 * distances from it, number by number, in float64.
 */
export interface Moments {
  readonly count: number;
  readonly mean: Float64Array;
  /** Σ (x − mean)² */
  readonly squares: Float64Array;
  /** Mean of |x|. */
  readonly absolute: Float64Array;
  /** Means of whatever else was measured of each, by name; only what every one had. */
  readonly measures: ReadonlyMap<string, Float64Array>;
}

/** The moments of one vector, which is not kept. */
export function momentsOf(
  values: Float64Array,
  measures: ReadonlyMap<string, ArrayLike<number>> = new Map(),
): Moments {
  return {
    count: 1,
    mean: values.slice(),
    squares: new Float64Array(values.length),
    absolute: values.map(Math.abs),
    measures: new Map([...measures].map(([name, measure]) => [name, Float64Array.from(measure)])),
  };
}

/**
 * The moments of two disjoint sets of vectors, seen together. Neither argument is changed. The result's last
 * bits depend on which sets were merged, so {@link MomentsTree} always merges the same ones.
 *
 * @see Chan, Golub & LeVeque 1979, Updating formulae and a pairwise algorithm for computing sample variances
 */
export function mergeMoments(left: Moments, right: Moments): Moments {
  if (left.mean.length !== right.mean.length) {
    throw new RangeError(
      `mergeMoments: both sides must have the same length, got ${left.mean.length} and ${right.mean.length}.`,
    );
  }
  const count = left.count + right.count;
  const share = right.count / count;
  const mean = new Float64Array(left.mean.length);
  const squares = new Float64Array(left.mean.length);
  for (let i = 0; i < mean.length; i++) {
    const start = left.mean[i] ?? 0;
    const delta = (right.mean[i] ?? 0) - start;
    mean[i] = start + delta * share;
    squares[i] = (left.squares[i] ?? 0) + (right.squares[i] ?? 0) + delta * delta * left.count * share;
  }
  const measures = new Map<string, Float64Array>();
  for (const [name, measure] of left.measures) {
    const other = right.measures.get(name);
    if (other) measures.set(name, weightedMean(measure, other, share));
  }
  return { count, mean, squares, absolute: weightedMean(left.absolute, right.absolute, share), measures };
}

function weightedMean(left: Float64Array, right: Float64Array, share: number): Float64Array {
  return left.map((value, i) => value + ((right[i] ?? 0) - value) * share);
}

/**
 * Adds up moments that arrive in any order, to the same bits whatever the order: number i is a leaf of a
 * fixed binary tree, and only siblings are ever merged, the left one first. Holds about log₂(count) moments
 * at a time when they arrive roughly in order.
 */
export class MomentsTree {
  readonly #count: number;
  /** `level:position` → the moments of leaves [position · 2^level, (position + 1) · 2^level); null if all left out. */
  readonly #nodes = new Map<string, Moments | null>();

  /** @param count - leaves in all, ≥ 1 */
  constructor(count: number) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(`MomentsTree: count must be an integer ≥ 1, got ${count}.`);
    }
    this.#count = count;
  }

  /** Puts leaf `index` in; `null` where there will be none. @throws RangeError if the index is out of range or taken */
  add(index: number, moments: Moments | null): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) {
      throw new RangeError(`MomentsTree: index must be an integer in [0, ${this.#count}), got ${index}.`);
    }
    let level = 0;
    let position = index;
    let node = moments;
    for (; ; level++) {
      // the right neighbour of the last node does not exist when count is no power of two
      const sibling = position ^ 1;
      const isAlone = sibling * 2 ** level >= this.#count;
      const other = isAlone ? null : this.#nodes.get(`${level}:${sibling}`);
      if (2 ** level >= this.#count || other === undefined) break;
      this.#nodes.delete(`${level}:${sibling}`);
      node = position % 2 === 0 ? mergePresent(node, other) : mergePresent(other, node);
      position >>= 1;
    }
    this.#nodes.set(`${level}:${position}`, node);
  }

  /** The moments of all leaves. @throws RangeError unless every leaf was added */
  total(): Moments | null {
    const [first, ...rest] = this.#nodes;
    if (!first || rest.length > 0 || 2 ** Number(first[0].split(':')[0]) < this.#count) {
      throw new RangeError(`MomentsTree: all ${this.#count} leaves must be added before the total is taken.`);
    }
    return first[1];
  }
}

function mergePresent(left: Moments | null, right: Moments | null): Moments | null {
  return left && right ? mergeMoments(left, right) : (left ?? right);
}
