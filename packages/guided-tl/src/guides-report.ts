import type { NamedTensor } from '@warmstart/shapes';
import { sizeOf } from './state-dict.js';

/** How guides were made. */
export interface GuidesOrigin {
  formula: string;
  normalise: string;
  scale: string;
  temperature: string;
  shrink: number;
  keep: number;
  recentre: boolean;
  /** Groups in which no weight moved at all; their guides are 0. */
  unmoved: string[];
  /** Scouts behind the guides. */
  scouts: number;
  /** Scouts left out because they diverged. */
  rejected: number;
  seed: number;
  /** Of the base before recentring. */
  baseDigest: string;
  /** How `refineGuides` corrected them, if it did. */
  refined?: { rounds: number; rehearsals: number; rate: number; seed: number };
}

/** One tensor's guides. */
export interface TensorGuides {
  key: string;
  size: number;
  mean: number;
  max: number;
  /** Share of guides that are 0, in [0, 1]. */
  frozenShare: number;
  /** Counts in 20 equal bins of [0, 1]; what lies above 1 is in the last. */
  histogram: number[];
}

/** What guides look like, and how they were made. */
export interface GuidesReport extends GuidesOrigin {
  weights: number;
  mean: number;
  frozenShare: number;
  /** (Σg)² / Σg²: how many weights share the freedom, in (0, weights]. */
  effectiveParameters: number;
  tensors: TensorGuides[];
}

/** Describes guides; for charts and for people. */
export function guidesReport(guides: ReadonlyMap<string, NamedTensor>, origin: GuidesOrigin): GuidesReport {
  const tensors = [...guides].map(([key, tensor]) => tensorGuides(key, tensor));
  const weights = tensors.reduce((sum, { size }) => sum + size, 0);
  const weighted = (of: (tensor: TensorGuides) => number) =>
    tensors.reduce((sum, tensor) => sum + of(tensor) * tensor.size, 0) / weights;
  return {
    ...origin,
    weights,
    mean: weighted(({ mean }) => mean),
    frozenShare: weighted(({ frozenShare }) => frozenShare),
    effectiveParameters: effectiveParameters(guides),
    tensors,
  };
}

/**
 * The effective number of free parameters, (Σg)² / Σg²: all of them where guides are equal, one where a
 * single weight has all the freedom.
 */
export function effectiveParameters(guides: ReadonlyMap<string, NamedTensor>): number {
  let sum = 0;
  let squares = 0;
  for (const { data } of guides.values()) {
    for (const value of data) {
      sum += Number(value);
      squares += Number(value) ** 2;
    }
  }
  return squares === 0 ? 0 : sum ** 2 / squares;
}

/** @internal One tensor's guides, described. */
export function tensorGuides(key: string, { shape, data }: NamedTensor): TensorGuides {
  const histogram = new Array<number>(20).fill(0);
  let sum = 0;
  let max = 0;
  let frozen = 0;
  for (const entry of data) {
    const value = Number(entry);
    sum += value;
    max = Math.max(max, value);
    if (value === 0) frozen++;
    const bin = Math.min(19, Math.floor(value * 20));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  const size = sizeOf(shape);
  return { key, size, mean: sum / size, max, frozenShare: frozen / size, histogram };
}
