import { describe, expect, it } from 'vitest';
import { chooseSetting, reportArm } from './choose.js';
import type { Trial } from './trial.js';

const trial = (l2: number, validationAccuracy: number, testAccuracy: number): Trial => ({
  setting: { l2 },
  validationAccuracy,
  testAccuracy,
  testRocAuc: testAccuracy,
});

describe('chooseSetting', () => {
  it('goes by validation accuracy over all draws and never by test accuracy', () => {
    const draws = [
      [trial(1, 0.9, 0.1), trial(10, 0.5, 0.99)],
      [trial(1, 0.7, 0.2), trial(10, 0.8, 0.99)],
    ];
    expect(chooseSetting(draws)).toEqual({
      setting: { l2: 1 },
      accuracy: [0.1, 0.2],
      rocAuc: [0.1, 0.2],
      course: [],
    });
  });

  it('takes the first of equals', () => {
    expect(chooseSetting([[trial(1, 0.5, 0), trial(10, 0.5, 1)]]).setting).toEqual({ l2: 1 });
  });
});

describe('chooseSetting, over steps', () => {
  it('follows the chosen learning rate, averaged over draws', () => {
    const at = (learningRate: number, steps: number, accuracy: number): Trial => ({
      setting: { learningRate, steps },
      validationAccuracy: accuracy,
      testAccuracy: accuracy,
      testRocAuc: 0.5,
    });
    const { course } = chooseSetting([
      [at(1, 10, 0.1), at(1, 20, 0.2), at(2, 10, 0.5), at(2, 20, 0.8)],
      [at(1, 10, 0.1), at(1, 20, 0.2), at(2, 10, 0.7), at(2, 20, 1)],
    ]);
    expect(course.map(({ steps }) => steps)).toEqual([10, 20]);
    expect(course.map(({ accuracy }) => accuracy)).toEqual([0.6, 0.9]);
  });
});

describe('reportArm', () => {
  it('pairs the gain by draw', () => {
    const scratch = { setting: { l2: 1 }, accuracy: [0.2, 0.6], rocAuc: [0.5, 0.5], course: [] };
    const arm = { setting: { l2: 1 }, accuracy: [0.3, 0.7], rocAuc: [0.6, 0.6], course: [] };
    const { gainOverScratch, accuracy } = reportArm('finetune', arm, scratch);
    expect(gainOverScratch.mean).toBeCloseTo(0.1, 12);
    expect(gainOverScratch.high - gainOverScratch.low).toBeCloseTo(0, 12);
    expect(accuracy.low).toBe(0);
  });
});
