import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { nestedDraw } from './nested-draw.js';
import { type ArmName, armNames, type SeedResult, type Trial } from './plan.js';
import { bootstrap, holm, labelEquivalent, summarize } from './summary.js';

describe('nestedDraw', () => {
  it('keeps classes equal in every beginning, and each row once', () => {
    const labels = Array.from({ length: 60 }, (_, row) => (row < 30 ? 0 : row < 50 ? 1 : 2));
    const order = nestedDraw(labels, 3, seededRandom(1, 'draw'));
    expect(new Set(order).size).toBe(60);
    for (const count of [3, 10, 20, 30]) {
      const counts = [0, 1, 2].map(
        (label) => order.slice(0, count).filter((row) => labels[row] === label).length,
      );
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });
});

describe('bootstrap', () => {
  it('is as wide as the seeds differ, however many draws each has', () => {
    const draws = (value: number) => Array<number>(50).fill(value);
    const { gain, p } = bootstrap([draws(0.1), draws(0.3), draws(0.2)]);
    expect(gain.mean).toBeCloseTo(0.2, 12);
    expect(gain.low).toBeCloseTo(0.1, 12);
    expect(gain.high).toBeCloseTo(0.3, 12);
    expect(p).toBeLessThan(0.001);
    expect(bootstrap([[-1, 1, -1, 1]]).p).toBeGreaterThan(0.5);
  });
});

describe('holm', () => {
  it('multiplies the smallest p by all, and never lets a larger one overtake', () => {
    const arm: ArmName = 'masked: full tuning';
    const tests = [0.04, 0.01, 0.03].map((p) => ({ arm, p }));
    const corrected = holm([...tests, { arm: 'scratch' as const, p: 0 }]).map(({ p }) => p);
    [0.06, 0.03, 0.06, 1].forEach((p, index) => {
      expect(corrected[index]).toBeCloseTo(p, 12);
    });
  });
});

describe('labelEquivalent', () => {
  it('lies between measured counts by their logarithm', () => {
    const curve = [
      { labels: 10, accuracy: 0.5 },
      { labels: 1000, accuracy: 0.7 },
    ];
    expect(labelEquivalent(0.6, curve)).toEqual({ labelEquivalent: 100 });
    expect(labelEquivalent(0.4, curve)).toEqual({ labelEquivalent: 10 });
    expect(labelEquivalent(0.8, curve)).toEqual({});
  });
});

describe('summarize', () => {
  it('chooses a setting by validation alone, one for all draws', () => {
    const trials: Trial[] = [
      { setting: 'gentle', validation: 0.7, test: 0.6 },
      { setting: 'lucky', validation: 0.6, test: 0.9 },
    ];
    const arms = Object.fromEntries(
      armNames.map((name) => [name, { 20: [trials, trials] }]),
    ) as unknown as SeedResult['arms']; // every arm is there
    const seed = {
      dataset: 'toy',
      encoder: 'mlp' as const,
      seed: 0,
      trainRows: 1,
      testRows: 1,
      maskedLoss: { before: 1, after: 0 },
      seconds: { pretrain: 0, all: 0 },
      arms,
    };
    const scratch = summarize([seed]).arms.find(({ arm }) => arm === 'scratch');
    expect(scratch).toMatchObject({ setting: 'gentle', accuracy: 0.6, gain: { mean: 0, low: 0, high: 0 } });
  });
});
