import { checkChoice } from './choice.js';
import type { ParameterEntry } from './parameter-layout.js';

/** Which weights share one scale: all, a tensor's, a layer's (path up to the last dot), a row's of a tensor. */
export type GuideScope = 'global' | 'tensor' | 'layer' | 'channel';

/**
 * What becomes 1:
 *
 * - `max`: the largest score; 0 stays 0
 * - `min-max`: the largest, and the smallest becomes 0 (the public implementations, per tensor)
 * - `mean`: the average score, so that guides go past 1 and the step size of the whole stays
 * - `quantile`: the score that 1 in 100 exceeds; what lies above is 1 too, so one outlier does not freeze the rest
 * - `rank`: the share of weights with a smaller score
 */
export type GuideScale = 'max' | 'min-max' | 'mean' | 'quantile' | 'rank';

/** Half-open ranges of weights that share a scale. */
interface Group {
  name: string;
  ranges: [number, number][];
}

/**
 * Scores as guides; pure.
 *
 * @returns the guides, and the names of groups in which no weight moved (all 0)
 */
export function normaliseScores(
  scores: Float64Array,
  entries: readonly ParameterEntry[],
  scope: GuideScope,
  scale: GuideScale,
): { values: Float64Array; unmoved: string[] } {
  checkChoice('guides', 'normalise', scope, ['global', 'tensor', 'layer', 'channel']);
  checkChoice('guides', 'scale', scale, Object.keys(scales));
  const values = new Float64Array(scores.length);
  const unmoved: string[] = [];
  for (const { name, ranges } of groupsOf(entries, scope)) {
    const part = gather(scores, ranges);
    if (part.every((score) => score === 0)) unmoved.push(name);
    else scatter(values, ranges, scales[scale](part));
  }
  return { values, unmoved };
}

function groupsOf(entries: readonly ParameterEntry[], scope: GuideScope): Group[] {
  const groups = new Map<string, Group>();
  const put = (name: string, from: number, to: number): void => {
    const group = groups.get(name) ?? { name, ranges: [] };
    group.ranges.push([from, to]);
    groups.set(name, group);
  };
  for (const { key, shape, offset, size } of entries) {
    const rows = scope === 'channel' && shape.length > 1 ? (shape[0] ?? 1) : 1;
    const name = { global: 'all', tensor: key, layer: layerOf(key), channel: key }[scope];
    for (let row = 0; row < rows; row++) {
      const length = size / rows;
      put(rows > 1 ? `${name}[${row}]` : name, offset + row * length, offset + (row + 1) * length);
    }
  }
  return [...groups.values()];
}

/** "encoder.fc1" of "encoder.fc1.weight"; a key without a dot is its own layer. */
export function layerOf(key: string): string {
  const dot = key.lastIndexOf('.');
  return dot < 0 ? key : key.slice(0, dot);
}

const scales: Record<GuideScale, (part: Float64Array) => Float64Array> = {
  max: (part) => divided(part, largestOf(part)),
  'min-max': (part) => {
    const smallest = part.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
    const range = largestOf(part) - smallest;
    // all alike and moved: nothing distinguishes them, all are free
    return range > 0 ? part.map((score) => (score - smallest) / range) : part.map(() => 1);
  },
  mean: (part) => divided(part, part.reduce((sum, score) => sum + score, 0) / part.length),
  quantile: (part) => {
    const sorted = part.slice().sort();
    const reference = sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
    // where 99 of 100 never moved, the largest is the only scale there is
    return divided(part, reference > 0 ? reference : largestOf(part)).map((value) => Math.min(1, value));
  },
  rank: (part) => rankShares(part),
};

function divided(part: Float64Array, by: number): Float64Array {
  return part.map((score) => score / by);
}

function largestOf(part: Float64Array): number {
  return part.reduce((most, score) => Math.max(most, score), 0);
}

/** Share of the others with a smaller value, ties counted half, in [0, 1]. */
export function rankShares(part: Float64Array): Float64Array {
  const order = new Uint32Array(part.length).map((_, i) => i).sort((a, b) => (part[a] ?? 0) - (part[b] ?? 0));
  const shares = new Float64Array(part.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && part[order[to] ?? 0] === part[order[from] ?? 0]) to++;
    for (let k = from; k < to; k++)
      shares[order[k] ?? 0] = part.length > 1 ? (from + to - 1) / 2 / (part.length - 1) : 1;
    from = to;
  }
  return shares;
}

function gather(scores: Float64Array, ranges: [number, number][]): Float64Array {
  const [only] = ranges;
  if (ranges.length === 1 && only) return scores.slice(only[0], only[1]);
  const part = new Float64Array(ranges.reduce((sum, [from, to]) => sum + to - from, 0));
  let at = 0;
  for (const [from, to] of ranges) {
    part.set(scores.subarray(from, to), at);
    at += to - from;
  }
  return part;
}

function scatter(values: Float64Array, ranges: [number, number][], part: Float64Array): void {
  let at = 0;
  for (const [from, to] of ranges) {
    values.set(part.subarray(at, at + to - from), from);
    at += to - from;
  }
}
