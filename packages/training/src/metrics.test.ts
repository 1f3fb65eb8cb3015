import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accuracy,
  averagePrecision,
  balancedAccuracy,
  classScores,
  expectedCalibrationError,
  logLoss,
  macroF1,
  meanSquaredError,
  multiLabelF1,
  oneCycle,
  rocAuc,
  rSquared,
  stepDecay,
  warmupConstant,
  warmupCosine,
  warmupLinear,
} from './index.js';

const logits = { data: [2, 1, 0, 0, 3, 1, 1, 0, 5, 4, 1, 0], shape: [4, 3] };

interface Case {
  outputs: number[];
  shape: number[];
  labels: number[];
  scores: Record<'precision' | 'recall' | 'f1' | 'support', number[]>;
  calibrationError: number;
  calibrationError4: number;
  averagePrecision: number | null;
  rocAuc: number | null;
}

// written by fixtures/make_metrics.py with scikit-learn
const reference = JSON.parse(readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

describe('metrics', () => {
  it('are known by hand', () => {
    const labels = [0, 1, 2, 1];
    expect(accuracy(logits, labels)).toBe(0.75);
    expect(balancedAccuracy(logits, labels)).toBeCloseTo((1 + 0.5 + 1) / 3, 12);
    expect(macroF1(logits, labels)).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12);
    expect(logLoss({ data: [0, 0, 0, 0], shape: [2, 2] }, [0, 1])).toBeCloseTo(Math.log(2), 12);
    expect(meanSquaredError({ data: [1, 2], shape: [2] }, [0, 4])).toBe(2.5);
    expect(rSquared({ data: [2, 2, 2], shape: [3] }, [1, 2, 3])).toBe(0);
    expect(rSquared({ data: [1, 2, 3], shape: [3, 1] }, [1, 2, 3])).toBe(1);
  });

  it('count ties in the area under the curve half', () => {
    const scores = (...data: number[]) => ({ data, shape: [data.length] });
    expect(rocAuc(scores(1, 2, 3, 4), [0, 0, 1, 1])).toBe(1);
    expect(rocAuc(scores(4, 3, 2, 1), [0, 0, 1, 1])).toBe(0);
    expect(rocAuc(scores(1, 1, 1, 1), [0, 1, 0, 1])).toBe(0.5);
    expect(rocAuc(scores(0.1, 0.4, 0.35, 0.8), [0, 0, 1, 1])).toBe(0.75); // sklearn's example
    expect(rocAuc({ data: [0, 1, 0, 2, 5, 0], shape: [3, 2] }, [0, 1, 0])).toBe(1);
  });

  it('judge several labels at once, each by itself', () => {
    const outputs = { data: [3, -1, -1, 2, -4, -4], shape: [2, 3] }; // yes no no, yes no no
    expect(multiLabelF1(outputs, [1, 0, 0, 0, 1, 0])).toBeCloseTo((2 / 3 + 0) / 2, 12);
    expect(multiLabelF1(outputs, [1, 0, 0, 1, 0, 0])).toBe(1);
    expect(multiLabelF1({ data: [-1, -1], shape: [1, 2] }, [0, 0])).toBe(1);
    expect(() => multiLabelF1(outputs, [1, 0, 0, 0, 2, 0])).toThrow(
      'multiLabelF1: labels must be 0 or 1, got 2 in row 1, label 1.',
    );
  });

  it("are scikit-learn's", () => {
    for (const { outputs, shape, labels, scores, ...expected } of reference.cases) {
      const host = { data: outputs, shape };
      const found = classScores(host, labels);
      for (const name of ['precision', 'recall', 'f1', 'support'] as const) {
        found.forEach((one, label) => {
          expect(one[name]).toBeCloseTo(scores[name][label] as number, 12);
        });
      }
      expect(expectedCalibrationError(host, labels)).toBeCloseTo(expected.calibrationError, 12);
      expect(expectedCalibrationError(host, labels, { bins: 4 })).toBeCloseTo(expected.calibrationError4, 12);
      if (expected.averagePrecision === null) continue;
      expect(averagePrecision(host, labels)).toBeCloseTo(expected.averagePrecision, 14);
      expect(rocAuc(host, labels)).toBeCloseTo(expected.rocAuc as number, 14); // where the other is
    }
  });

  it('give scores of one column as those of two', () => {
    const labels = [0, 1, 1, 0, 1];
    const one = { data: [-2, 0.5, -0.1, 0.3, 3], shape: [5] };
    const two = { data: one.data.flatMap((logit) => [-logit / 2, logit / 2]), shape: [5, 2] };
    expect(averagePrecision(one, labels)).toBe(averagePrecision(two, labels));
    expect(classScores(one, labels)).toEqual(classScores(two, labels));
    expect(expectedCalibrationError(one, labels)).toBeCloseTo(expectedCalibrationError(two, labels), 14);
  });

  it('refuse scores that cannot be ranked', () => {
    for (const metric of [rocAuc, averagePrecision]) {
      expect(() => metric({ data: [1, Number.NaN], shape: [2] }, [0, 1])).toThrow(
        'outputs must be numbers, got NaN in row 1.',
      );
      expect(() => metric({ data: [1, 2], shape: [2] }, [1, 7])).toThrow(
        'labels must be classes 0 to 1, got 7 in row 1.',
      );
    }
    expect(() => averagePrecision({ data: [1, 2], shape: [2] }, [0, 0])).toThrow(
      'averagePrecision: labels must hold a 1, got none among 2.',
    );
    expect(() => expectedCalibrationError({ data: [1, 2], shape: [1, 2] }, [0], { bins: 0 })).toThrow(
      'expectedCalibrationError: bins must be a positive whole number, got 0.',
    );
  });

  it('name what does not fit', () => {
    expect(() => accuracy(logits, [0])).toThrow('with one label a row, got outputs [4,3] and 1 labels.');
    expect(() => rocAuc({ data: [1, 2], shape: [2] }, [1, 1])).toThrow(
      'labels must hold both 0 and 1, got 2 of 1 among 2.',
    );
    expect(() => macroF1(logits, [0, 1, 2, 7])).toThrow('labels must be classes 0 to 2, got 7 in row 3.');
  });
});

describe('learning rates', () => {
  it('rise, fall and stay where they should', () => {
    const cosine = warmupCosine({ peak: 1, steps: 12, warmupSteps: 2, floor: 0.1 });
    expect([cosine(0), cosine(1), cosine(2), cosine(7)]).toEqual([0.5, 1, 1, 0.55]);
    expect(cosine(12)).toBeCloseTo(0.1, 12);
    expect(cosine(99)).toBeCloseTo(0.1, 12);
    const linear = warmupLinear({ peak: 1, steps: 10 });
    expect([linear(0), linear(5), linear(10)]).toEqual([1, 0.5, 0]);
    expect([warmupConstant(2, 4)(0), warmupConstant(2, 4)(9)]).toEqual([0.5, 2]);
    const decayed = stepDecay({ initial: 1, milestones: [2, 4], factor: 0.1 });
    expect([decayed(1), decayed(2), decayed(4)]).toEqual([1, 0.1, 0.1 * 0.1]);
    const cycle = oneCycle({ peak: 1, steps: 100 });
    expect(cycle(0)).toBeCloseTo(1 / 25, 12);
    expect(cycle(29)).toBeCloseTo(1, 12);
    expect(cycle(99)).toBeCloseTo(1 / 250_000, 12);
  });

  it('name what cannot work', () => {
    expect(() => warmupCosine({ peak: 1, steps: 0 })).toThrow(
      'warmupCosine: steps must be a positive whole number, got 0.',
    );
    expect(() => warmupLinear({ peak: 1, steps: 5, warmupSteps: 6 })).toThrow(
      'warmupSteps must be between 0 and steps (5), got 6.',
    );
  });
});
