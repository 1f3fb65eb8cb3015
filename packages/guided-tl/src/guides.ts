import type { StateDict } from '@warmstart/shapes';
import { GuidesError, ScoutingError } from './errors.js';
import { type GuideFormula, scoresOf } from './guide-formulas.js';
import { type GuidesReport, guidesReport } from './guides-report.js';
import { type Moments, mergeMoments } from './moments.js';
import { type GuideScale, type GuideScope, normaliseScores } from './normalise-guides.js';
import { flatten, type ParameterEntry, unflatten } from './parameter-layout.js';
import type { Scouted } from './scouted.js';
import { copyStateDict, listSome } from './state-dict.js';
import { applyTemperature, type Temperature } from './temperatures.js';

/** What {@link guides} takes; every choice is recorded with the guides. */
export interface GuidesOptions {
  /** Default `variance`. */
  formula?: GuideFormula;
  /** Which weights share one scale. Default `global`, which keeps the ratios between tensors. */
  normalise?: GuideScope;
  /** What becomes 1. Default `mean`; docs/experiments has the evidence. */
  scale?: GuideScale;
  /** Applied after normalising. Default `room`, which changes nothing. */
  temperature?: Temperature | ((value: number) => number);
  /**
   * Pull of each score to its tensor's mean, in scouts: (ν · mean + n · score) / (ν + n). Few scouts give noisy
   * scores; ν = 0 trusts them as they are. Default 0.
   */
  shrink?: number;
  /** Keep only this share of the guides, the largest; the rest becomes 0. In (0, 1], default 1. */
  keep?: number;
  /** Move the base by the mean displacement. Default: with `variance` and `deviation`, measured around it. */
  recentre?: boolean;
}

/** Guides and the base they belong to. */
export interface Guides {
  /** float32, under the keys of the weights. */
  guides: StateDict;
  /** Where fine-tuning starts: the base, recentred if so chosen; all its keys; a copy. */
  base: StateDict;
  /** What they look like and what they came from. */
  report: GuidesReport;
}

/**
 * How far each weight may move on a new task, from how far it moved in the scouts.
 *
 * With the variance around the mean and a base moved by the mean, guided descent of a few steps acts like a
 * Gaussian prior over weights whose mean and variance were estimated from the scouts.
 *
 * @throws GuidesError `all-zero` if nothing would learn, `bad-value` for a score that is not finite
 * @throws ScoutingError `too-few-scouts`, `incomplete` for one shard of many
 * @see Nikolić et al. 2023, arXiv 2303.16154; the prior: Amari et al. 2020, arXiv 2006.10732
 */
export function guides(scouted: Scouted, options: GuidesOptions = {}): Guides {
  const { formula = 'variance', normalise = 'global', scale = 'mean', temperature = 'room' } = options;
  const { shrink = 0, keep = 1, recentre = formula === 'variance' || formula === 'deviation' } = options;
  checkOptions(shrink, keep);
  const moments = allMoments('guides', scouted);
  const { layout } = scouted;
  const start = flatten('guides', layout, scouted.base);
  const raw = scoresOf('guides', formula, { moments, start, entries: layout.entries });
  const scores = shrink > 0 ? shrunk(raw, layout.entries, shrink, moments.count) : raw;
  const { values: normalised, unmoved } = normaliseScores(scores, layout.entries, normalise, scale);
  const values = keepLargest(applyTemperature(normalised, temperature), keep);
  checkValues(values);
  return {
    guides: unflatten(layout, values),
    base: recentre ? recentred(scouted, moments.mean) : copyStateDict(scouted.base),
    report: guidesReport(unflatten(layout, values), {
      formula,
      normalise,
      scale,
      temperature: typeof temperature === 'function' ? 'custom' : temperature,
      shrink,
      keep,
      recentre,
      unmoved,
      scouts: moments.count,
      rejected: scouted.report.diverged.length,
      seed: scouted.seed,
      baseDigest: scouted.baseDigest,
    }),
  };
}

/** Both halves together. @throws ScoutingError if scouts are missing or fewer than two finished */
export function allMoments(caller: string, { halves, report, count }: Scouted): Moments {
  if (report.elsewhere.length > 0) {
    throw new ScoutingError(
      'incomplete',
      `${caller}: all ${count} scouts must be there, got one shard without ${report.elsewhere.length} of them. Use reduceScouts.`,
    );
  }
  const [even, odd] = halves;
  const all = even && odd ? mergeMoments(even, odd) : (even ?? odd);
  if (all && all.count >= 2) return all;
  throw new ScoutingError(
    'too-few-scouts',
    `${caller}: at least 2 scouts must have finished, got ${all?.count ?? 0}.`,
  );
}

function checkOptions(shrink: number, keep: number): void {
  if (!(shrink >= 0 && Number.isFinite(shrink))) {
    throw new RangeError(`guides: shrink must be a finite number of scouts ≥ 0, got ${shrink}.`);
  }
  if (!(keep > 0 && keep <= 1)) throw new RangeError(`guides: keep must be in (0, 1], got ${keep}.`);
}

function checkValues(values: Float64Array): void {
  const bad = values.find((value) => !Number.isFinite(value) || value < 0);
  if (bad !== undefined) {
    throw new GuidesError(
      'bad-value',
      `guides: every guide must be finite and ≥ 0, got ${bad}. Check the temperature.`,
    );
  }
  if (values.every((value) => Math.fround(value) === 0)) {
    throw new GuidesError(
      'all-zero',
      'guides: at least one guide must be above 0, got only zeros, with which nothing would ever learn. ' +
        'Did the scouts train the base itself, or not at all?',
    );
  }
}

function shrunk(
  scores: Float64Array,
  entries: readonly ParameterEntry[],
  pull: number,
  count: number,
): Float64Array {
  const result = scores.slice();
  for (const { offset, size } of entries) {
    const mean = scores.subarray(offset, offset + size).reduce((sum, score) => sum + score, 0) / size;
    for (let i = offset; i < offset + size; i++) {
      result[i] = (pull * mean + count * (scores[i] ?? 0)) / (pull + count);
    }
  }
  return result;
}

/** Ties at the threshold are all kept, so the share may be larger, never smaller. */
function keepLargest(values: Float64Array, share: number): Float64Array {
  if (share === 1) return values;
  const kept = Math.max(1, Math.round(share * values.length));
  const threshold = values.slice().sort()[values.length - kept] ?? 0;
  return values.map((value) => (value >= threshold ? value : 0));
}

function recentred(scouted: Scouted, mean: Float64Array): StateDict {
  const base = copyStateDict(scouted.base);
  for (const { key, offset } of scouted.layout.entries) {
    const tensor = base.get(key);
    // the layout was made of this base, so every key is there and float32
    const data = tensor?.data as Float32Array;
    for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) + (mean[offset + i] ?? 0);
  }
  return base;
}

/** Used by openers and wrappers: what no guide may be. @throws GuidesError `bad-value`, `all-zero`, `mismatch` */
export function checkGuides(
  caller: string,
  guides: ReadonlyMap<string, { data: ArrayLike<number | bigint> }>,
): void {
  if (!(guides instanceof Map)) {
    throw new TypeError(
      `${caller}: guides must be a Map by path, got ${typeof guides}. Of what guides() returned, pass its guides.`,
    );
  }
  const bad: string[] = [];
  let isAllZero = true;
  for (const [key, { data }] of guides) {
    for (let i = 0; i < data.length; i++) {
      const value = Number(data[i]);
      if (value > 0) isAllZero = false;
      if (value >= 0 && Number.isFinite(value)) continue;
      bad.push(`${value} in ${key}`);
      break;
    }
  }
  if (bad.length > 0) {
    throw new GuidesError(
      'bad-value',
      `${caller}: every guide must be finite and ≥ 0, got ${listSome(bad)}.`,
    );
  }
  if (isAllZero) {
    throw new GuidesError(
      'all-zero',
      `${caller}: at least one guide must be above 0, got only zeros, with which nothing would ever learn.`,
    );
  }
}
