import { ScoutingError } from './errors.js';
import { type GuideFormula, scoresOf } from './guide-formulas.js';
import { allMoments } from './guides.js';
import { rankShares } from './normalise-guides.js';
import { flatten, type ParameterEntry } from './parameter-layout.js';
import type { Scouted } from './scouted.js';

/** How far two halves of the scouts agree on the scores; 1 is perfectly, 0 is not at all. */
export interface Reliability {
  /** Rank correlation over all weights, in [-1, 1]. High already if tensors differ in size of movement. */
  overall: number;
  /** The same within tensors, averaged by size: what a shuffle within tensors destroys. */
  withinTensor: number;
  /** `withinTensor` expected of all scouts together, by Spearman and Brown: 2r / (1 + r). */
  ofAllScouts: number;
  /** By key; tensors of one weight have none. */
  tensors: { key: string; correlation: number }[];
  /** Scouts in each half. */
  scouts: [number, number];
}

/**
 * Whether guides are repeatable: scores from the scouts with even index against scores from the others.
 *
 * @throws ScoutingError `too-few-scouts` unless each half has at least two
 */
export function reliability(scouted: Scouted, options: { formula?: GuideFormula } = {}): Reliability {
  allMoments('reliability', scouted);
  const { formula = 'variance' } = options;
  const [even, odd] = scouted.halves;
  if (!even || !odd || even.count < 2 || odd.count < 2) {
    throw new ScoutingError(
      'too-few-scouts',
      `reliability: each half must have at least 2 finished scouts, got ${even?.count ?? 0} and ${odd?.count ?? 0}.`,
    );
  }
  const { entries } = scouted.layout;
  const start = flatten('reliability', scouted.layout, scouted.base);
  const left = scoresOf('reliability', formula, { moments: even, start, entries });
  const right = scoresOf('reliability', formula, { moments: odd, start, entries });
  const tensors = byTensor(left, right, entries);
  const weight = tensors.reduce((sum, { size }) => sum + size, 0);
  const withinTensor =
    tensors.reduce((sum, { correlation, size }) => sum + correlation * size, 0) / (weight || 1);
  return {
    overall: rankCorrelation(left, right),
    withinTensor,
    ofAllScouts: withinTensor > 0 ? (2 * withinTensor) / (1 + withinTensor) : withinTensor,
    tensors: tensors.map(({ key, correlation }) => ({ key, correlation })),
    scouts: [even.count, odd.count],
  };
}

function byTensor(left: Float64Array, right: Float64Array, entries: readonly ParameterEntry[]) {
  return entries
    .filter(({ size }) => size > 1)
    .map(({ key, offset, size }) => {
      const end = offset + size;
      return { key, size, correlation: rankCorrelation(left.slice(offset, end), right.slice(offset, end)) };
    });
}

/** Spearman's ρ, ties averaged; 0 where one side is constant. In [-1, 1]. */
export function rankCorrelation(left: Float64Array, right: Float64Array): number {
  const leftRanks = rankShares(left);
  const rightRanks = rankShares(right);
  let product = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let i = 0; i < leftRanks.length; i++) {
    const a = (leftRanks[i] ?? 0) - 0.5; // the mean of rank shares is ½, ties or not
    const b = (rightRanks[i] ?? 0) - 0.5;
    product += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  const scale = Math.sqrt(leftSquares * rightSquares);
  return scale === 0 ? 0 : product / scale;
}
