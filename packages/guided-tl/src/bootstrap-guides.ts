import type { NamedTensor, Random } from '@warmstart/shapes';
import { ScoutingError } from './errors.js';
import { effectiveParameters } from './guides-report.js';
import { flatten, type ParameterLayout, parameterLayout, unflatten } from './parameter-layout.js';
import { rankCorrelation } from './reliability.js';
import { guidedDigest } from './scout.js';
import { readManifest, readScout, type ScoutStore } from './scout-store.js';

/** Mean and 95 % percentile interval over draws of scouts. */
export interface BootstrapInterval {
  mean: number;
  low: number;
  high: number;
}

/** How much guides depend on which scouts there happened to be. */
export interface GuidesBootstrap {
  /** Of variance guides, (Σg)² / Σg². */
  effectiveParameters: BootstrapInterval;
  /** Rank correlation with the guides of all scouts, over all weights. */
  agreement: BootstrapInterval;
  draws: number;
  scouts: number;
}

/**
 * Draws the scouts of a store anew with replacement, again and again, and makes variance guides of each draw.
 * Holds every scout's displacements: 4 bytes a weight and scout.
 *
 * @throws ScoutingError `too-few-scouts` for fewer than 2 finite ones, `another-run`, `damaged-store`, `incomplete`
 * @see Efron 1979, Bootstrap Methods: Another Look at the Jackknife
 */
export async function bootstrapGuides(options: {
  base: ReadonlyMap<string, NamedTensor>;
  store: ScoutStore;
  random: Random;
  draws?: number;
}): Promise<GuidesBootstrap> {
  const { base, store, random, draws = 200 } = options;
  const layout = parameterLayout('bootstrapGuides', base);
  const ends = await finiteScouts(base, layout, store);
  if (ends.length < 2) {
    throw new ScoutingError(
      'too-few-scouts',
      `bootstrapGuides: at least 2 scouts must be finite, got ${ends.length}.`,
    );
  }
  const whole = variances(
    ends,
    ends.map(() => 1),
  );
  const found = Array.from({ length: draws }, () => {
    const counts = ends.map(() => 0);
    for (let i = 0; i < ends.length; i++) {
      const chosen = Math.floor(random() * ends.length);
      counts[chosen] = (counts[chosen] ?? 0) + 1;
    }
    const scores = variances(ends, counts);
    return {
      effective: effectiveParameters(unflatten(layout, scores)),
      agreement: rankCorrelation(scores, whole),
    };
  });
  return {
    effectiveParameters: intervalOf(found.map(({ effective }) => effective)),
    agreement: intervalOf(found.map(({ agreement }) => agreement)),
    draws,
    scouts: ends.length,
  };
}

async function finiteScouts(
  base: ReadonlyMap<string, NamedTensor>,
  layout: ParameterLayout,
  store: ScoutStore,
): Promise<Float32Array[]> {
  const manifest = await readManifest(store);
  if (!manifest)
    throw new ScoutingError('incomplete', 'bootstrapGuides: the store must hold scouts, got none in it.');
  const baseDigest = await guidedDigest(base, layout);
  const ends: Float32Array[] = [];
  for (let index = 0; index < manifest.count; index++) {
    const outcome = await readScout(store, index, baseDigest);
    const end = outcome && flatten('bootstrapGuides', layout, outcome.weights);
    if (end?.every(Number.isFinite)) ends.push(end);
  }
  return ends;
}

/** Of where scouts ended, which is that of their displacements; relative to the first, against cancellation. */
function variances(ends: readonly Float32Array[], counts: readonly number[]): Float64Array {
  const first = ends[0] ?? new Float32Array();
  const total = counts.reduce((sum, count) => sum + count, 0);
  const scores = new Float64Array(first.length);
  for (let i = 0; i < scores.length; i++) {
    let sum = 0;
    let squares = 0;
    for (let s = 0; s < ends.length; s++) {
      const delta = (ends[s]?.[i] ?? 0) - (first[i] ?? 0);
      sum += (counts[s] ?? 0) * delta;
      squares += (counts[s] ?? 0) * delta * delta;
    }
    scores[i] = Math.max(0, squares / total - (sum / total) ** 2);
  }
  return scores;
}

function intervalOf(values: number[]): BootstrapInterval {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    low: at(0.025),
    high: at(0.975),
  };
}
