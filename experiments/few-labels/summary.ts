import { seededRandom } from '@warmstart/random';
import { type ArmName, type ArmTrials, armNames, type SeedResult, type Trial } from './plan.js';
import type { EncoderKind } from './rebuilder.js';

/** One arm at one number of labels; accuracies and gains are shares. */
export interface ArmSummary {
  arm: ArmName;
  labels: number;
  /** Chosen by validation accuracy, the same for all draws and seeds. */
  setting: string;
  accuracy: number;
  /** Paired gain over scratch with its 95 % interval. */
  gain: { mean: number; low: number; high: number };
  /** Of no gain, two-sided, after Holm's correction over the arms of this data set. */
  p: number;
  /** Labels that scratch needs for this accuracy; undefined beyond the largest number tried. */
  labelEquivalent?: number;
}

/** What the experiment found on one data set. */
export interface DatasetSummary {
  dataset: string;
  encoder: EncoderKind;
  trainRows: number;
  testRows: number;
  seeds: number;
  draws: number;
  /** Of one masked pre-training, on average. */
  pretrainSeconds: number;
  maskedLoss?: { before: number; after: number };
  arms: ArmSummary[];
}

const resamples = 4000;

/** Means, paired gains and what they are worth, over all pre-training seeds and draws. */
export function summarize(seeds: readonly SeedResult[]): DatasetSummary {
  const [first] = seeds;
  if (!first) throw new RangeError('summarize: at least one seed is needed, got none.');
  const names = armNames.filter((name) => first.arms[name]);
  const counts = Object.keys(trialsOf(first, 'scratch')).map(Number);
  const chosen = new Map(names.map((arm) => [arm, counts.map((count) => choose(seeds, arm, count))]));
  const scratch = chosen.get('scratch') ?? [];
  const arms = names.flatMap((arm) =>
    counts.map((labels, index) => {
      const { setting, tests } = (chosen.get(arm) as Chosen[])[index] as Chosen; // one entry an arm and count
      const accuracy = mean(tests.map(mean));
      const gains = tests.map((draws, seed) =>
        draws.map((test, draw) => test - at(scratch[index], seed, draw)),
      );
      return { arm, labels, setting, accuracy, ...bootstrap(gains) };
    }),
  );
  const curve = counts.map((labels, index) => ({
    labels,
    accuracy: mean((scratch[index]?.tests ?? []).map(mean)),
  }));
  const losses = seeds.flatMap(({ maskedLoss }) => maskedLoss ?? []);
  const { dataset, encoder, trainRows, testRows } = first;
  return {
    dataset,
    encoder,
    trainRows,
    testRows,
    seeds: seeds.length,
    draws: trialsOf(first, 'scratch')[String(counts[0])]?.length ?? 0,
    pretrainSeconds: mean(seeds.map(({ seconds }) => seconds.pretrain)),
    ...(losses.length > 0 ? { maskedLoss: meanLoss(losses) } : {}),
    arms: holm(arms).map((arm) => ({ ...arm, ...labelEquivalent(arm.accuracy, curve) })),
  };
}

function meanLoss(losses: readonly { before: number; after: number }[]): { before: number; after: number } {
  return { before: mean(losses.map(({ before }) => before)), after: mean(losses.map(({ after }) => after)) };
}

/** One result of several that differ only in their numbers of labels. */
export function mergeCounts(parts: readonly SeedResult[]): SeedResult {
  const [first] = parts;
  if (!first) throw new RangeError('mergeCounts: at least one result is needed, got none.');
  const arms: SeedResult['arms'] = {};
  for (const part of parts) {
    for (const name of armNames) if (part.arms[name]) arms[name] = { ...arms[name], ...part.arms[name] };
  }
  return { ...first, arms };
}

function trialsOf({ arms, dataset, seed }: SeedResult, arm: ArmName): ArmTrials {
  const trials = arms[arm];
  if (!trials)
    throw new RangeError(
      `summarize: every seed must have the arm ${arm}, got none for ${dataset}, seed ${seed}.`,
    );
  return trials;
}

interface Chosen {
  setting: string;
  /** By seed, then draw. */
  tests: number[][];
}

/** The setting of the best mean validation accuracy; of equals the first, which is the gentlest. */
function choose(seeds: readonly SeedResult[], arm: ArmName, count: number): Chosen {
  const bySeed = seeds.map((seed) => trialsOf(seed, arm)[count] as Trial[][]);
  const settings = bySeed[0]?.[0]?.map(({ setting }) => setting) ?? [];
  const scores = settings.map((_, index) =>
    mean(bySeed.flatMap((draws) => draws.map((trials) => (trials[index] as Trial).validation))),
  );
  const best = scores.indexOf(Math.max(...scores));
  const tests = bySeed.map((draws) => draws.map((trials) => (trials[best] as Trial).test));
  return { setting: settings[best] ?? '', tests };
}

/**
 * Percentile interval of a mean over seeds and draws, resampling seeds first and draws within them.
 *
 * @see Davison & Hinkley 1997, §3.8 (hierarchical data)
 */
export function bootstrap(values: readonly (readonly number[])[]): {
  gain: { mean: number; low: number; high: number };
  p: number;
} {
  const random = seededRandom(0, 'few-labels', 'bootstrap');
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T;
  const means = Array.from({ length: resamples }, () =>
    mean(
      values.map(() => {
        const draws = pick(values);
        return mean(draws.map(() => pick(draws)));
      }),
    ),
  ).sort((left, right) => left - right);
  const quantile = (share: number) => means[Math.round(share * (resamples - 1))] as number;
  const below = means.filter((value) => value <= 0).length / resamples;
  const above = means.filter((value) => value >= 0).length / resamples;
  const p = Math.min(1, 2 * Math.max(Math.min(below, above), 1 / resamples));
  return { gain: { mean: mean(values.map(mean)), low: quantile(0.025), high: quantile(0.975) }, p };
}

/** Multiplies each p by how many are at least as large, never letting a larger one overtake. @see Holm 1979 */
export function holm<T extends { arm: ArmName; p: number }>(tests: readonly T[]): T[] {
  const others = tests.filter(({ arm }) => arm !== 'scratch').sort((left, right) => left.p - right.p);
  const corrected = new Map<T, number>();
  let largest = 0;
  others.forEach((test, index) => {
    largest = Math.max(largest, Math.min(1, test.p * (others.length - index)));
    corrected.set(test, largest);
  });
  return tests.map((test) => ({ ...test, p: corrected.get(test) ?? 1 }));
}

/** Labels at which scratch reaches an accuracy, between measured counts by the logarithm of the count. */
export function labelEquivalent(
  accuracy: number,
  curve: readonly { labels: number; accuracy: number }[],
): { labelEquivalent?: number } {
  const after = curve.findIndex((point) => point.accuracy >= accuracy);
  const [low, high] = [curve[after - 1], curve[after]];
  if (!high) return {};
  if (!low) return { labelEquivalent: high.labels };
  const share = (accuracy - low.accuracy) / (high.accuracy - low.accuracy);
  return { labelEquivalent: Math.round(low.labels * (high.labels / low.labels) ** share) };
}

function at(chosen: Chosen | undefined, seed: number, draw: number): number {
  return chosen?.tests[seed]?.[draw] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
