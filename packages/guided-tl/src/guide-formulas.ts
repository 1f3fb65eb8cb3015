import { checkChoice } from './choice.js';
import { GuidesError } from './errors.js';
import type { Moments } from './moments.js';
import type { ParameterEntry } from './parameter-layout.js';

/**
 * How a weight's movement over the scouts becomes one number ≥ 0. Let δ be how far a scout moved the weight:
 *
 * - `variance`: mean of (δ − mean δ)², n − 1 in the divisor; meant for a base recentred by mean δ
 * - `deviation`: its root, which keeps more weights free; what `refineGuides` best starts from
 * - `squared`: mean of δ², the published formula
 * - `absolute`: mean of |δ|
 * - `signal-to-noise`: (mean δ)² / variance, large where all scouts agree on the direction
 * - `path`, `fisher`: the mean of what scouts measured under that name
 * - `gradient-ratio`: ‖gradient‖ / ‖weight‖ of the tensor, the same for all its weights (RGN)
 *
 * @see Nikolić et al. 2023, arXiv 2303.16154 (squared); Lee et al. 2022, Surgical Fine-Tuning, arXiv 2210.11466 (RGN)
 */
export type GuideFormula =
  | 'variance'
  | 'deviation'
  | 'squared'
  | 'absolute'
  | 'signal-to-noise'
  | 'path'
  | 'fisher'
  | 'gradient-ratio';

/** What a formula sees. */
export interface FormulaInput {
  moments: Moments;
  /** The base, laid end to end. */
  start: Float32Array;
  entries: readonly ParameterEntry[];
}

/**
 * Raw scores, one per weight, float64, ≥ 0.
 *
 * @throws RangeError for another formula
 * @throws GuidesError `bad-value` if the scouts did not measure what the formula needs, or a score is not finite
 */
export function scoresOf(caller: string, formula: GuideFormula, input: FormulaInput): Float64Array {
  const known = formulas(caller);
  checkChoice(caller, 'formula', formula, Object.keys(known));
  const scores = known[formula](input);
  const bad = scores.findIndex((score) => !Number.isFinite(score) || score < 0);
  if (bad < 0) return scores;
  const entry = input.entries.find(({ offset, size }) => bad < offset + size);
  throw new GuidesError(
    'bad-value',
    `${caller}: scores must be finite and ≥ 0, got ${scores[bad]} in ${entry?.key} by ${formula}.`,
  );
}

function formulas(caller: string): Record<GuideFormula, (input: FormulaInput) => Float64Array> {
  return {
    variance: ({ moments }) => moments.squares.map((sum) => sum / Math.max(1, moments.count - 1)),
    deviation: ({ moments }) => moments.squares.map((sum) => Math.sqrt(sum / Math.max(1, moments.count - 1))),
    squared: ({ moments }) =>
      moments.squares.map((sum, i) => sum / moments.count + (moments.mean[i] ?? 0) ** 2),
    absolute: ({ moments }) => moments.absolute.slice(),
    'signal-to-noise': ({ moments }) => signalToNoise(moments),
    path: ({ moments }) => measured(caller, moments, 'path').slice(),
    fisher: ({ moments }) => measured(caller, moments, 'fisher').slice(),
    'gradient-ratio': (input) => gradientRatio(caller, input),
  };
}

/** A weight that never varied and moved has the largest ratio of the others: infinity would freeze the rest. */
function signalToNoise(moments: Moments): Float64Array {
  const divisor = Math.max(1, moments.count - 1);
  const ratios = moments.mean.map((mean, i) => {
    const variance = (moments.squares[i] ?? 0) / divisor;
    return mean === 0 ? 0 : mean ** 2 / variance;
  });
  let largest = 0;
  for (const ratio of ratios) if (Number.isFinite(ratio) && ratio > largest) largest = ratio;
  return ratios.map((ratio) => (ratio === Number.POSITIVE_INFINITY ? largest : ratio));
}

function measured(caller: string, moments: Moments, name: string): Float64Array {
  const measure = moments.measures.get(name);
  if (measure) return measure;
  throw new GuidesError(
    'bad-value',
    `${caller}: every scout must return the measure "${name}", got ${[...moments.measures.keys()].join(', ') || 'none'}. ` +
      `Return { weights, measures: { ${name}: … } } from train.`,
  );
}

function gradientRatio(caller: string, { moments, start, entries }: FormulaInput): Float64Array {
  const gradient = measured(caller, moments, 'gradient');
  const scores = new Float64Array(gradient.length);
  for (const { offset, size } of entries) {
    const end = offset + size;
    const weightNorm = norm(start, offset, end);
    const gradientNorm = norm(gradient, offset, end);
    // a tensor of zeros (a fresh bias) has no scale of its own to compare with
    scores.fill(weightNorm > 0 ? gradientNorm / weightNorm : 0, offset, end);
  }
  return scores;
}

function norm(values: Float32Array | Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (values[i] ?? 0) ** 2;
  return Math.sqrt(sum);
}
