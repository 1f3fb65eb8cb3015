import { describe, expect, it } from 'vitest';
import { type FanMoment, growFans, learnToRebuild, scoutSmallNet } from './experiments.js';

function ends(relatedness: number): FanMoment {
  const moments = [...growFans({ points: 2, relatedness, examples: 200, seed: 7, nets: 4 })];
  return moments.at(-1) as FanMoment;
}

describe('growFans', () => {
  it('lands closer to the truth from a related task, and further from it from an unrelated one', () => {
    const related = ends(1);
    expect(related.share).toBe(1);
    expect(related.warm.error).toBeLessThan(0.6 * related.scratch.error);
    const unrelated = ends(0);
    expect(unrelated.warm.error).toBeGreaterThan(unrelated.scratch.error);
  }, 60_000);
});

describe('learnToRebuild', () => {
  it('rebuilds hidden values of unseen profiles far better than their mean, and worse if more is hidden', () => {
    const half = learnToRebuild({ ratio: 0.5, seed: 3 });
    expect(half.skill).toBeGreaterThan(0.6);
    expect(learnToRebuild({ ratio: 0.9, seed: 3 }).skill).toBeLessThan(half.skill);
  }, 60_000);
});

describe('scoutSmallNet', () => {
  it('gives every weight a value in [0, 1], the freest of all exactly 1', () => {
    const { layers } = scoutSmallNet({ scouts: 3, seed: 5 });
    const values = layers.flatMap((layer) => [...layer.values]);
    expect(values).toHaveLength(20 + 400 + 20);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
  }, 60_000);
});
