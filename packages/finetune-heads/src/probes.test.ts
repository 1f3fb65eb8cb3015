import { readFileSync } from 'node:fs';
import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import {
  crossValidatedProbes,
  crossValidatedRidge,
  drawFolds,
  type Features,
  fitTemperature,
  linearProbe,
  probeLogits,
  ridgePredictions,
  ridgeProbes,
} from './index.js';

interface Logistic {
  x: number[];
  shape: number[];
  labels: number[];
  fits: { l2: number; probabilities: number[] }[];
}

interface Ridge {
  x: number[];
  shape: number[];
  targets: number[];
  fits: { l2: number; weight: number[]; bias: number }[];
}

// written by fixtures/make_probes.py with scikit-learn
const reference = JSON.parse(readFileSync(new URL('../fixtures/probes.json', import.meta.url), 'utf8')) as {
  logistic: Record<string, Logistic>;
  ridge: Record<string, Ridge>;
  temperatures: { logits: number[]; shape: number[]; labels: number[]; temperature: number }[];
};

describe('linearProbe', () => {
  for (const [name, { x, shape, labels, fits }] of Object.entries(reference.logistic)) {
    it(`gives the probabilities of sklearn's LogisticRegression(C = 1 / l2) within 1e-5: ${name}`, () => {
      for (const { l2, probabilities } of fits) {
        const features = { data: x, shape };
        const probe = linearProbe(features, labels, { l2, scale: 'none', tolerance: 1e-10 });
        const ours = softmax(probeLogits(probe, features));
        expect(largestDifference(ours, probabilities)).toBeLessThan(1e-5);
      }
    });
  }
});

describe('ridgeProbes', () => {
  for (const [name, { x, shape, targets, fits }] of Object.entries(reference.ridge)) {
    it(`gives the weights of sklearn's Ridge(alpha = l2) within 1e-8: ${name}`, () => {
      const path = fits.map((fit) => fit.l2);
      const probes = ridgeProbes({ data: x, shape }, targets, { l2: path, scale: 'none' });
      probes.forEach((probe, index) => {
        expect(probe.l2).toBe(path[index]);
        expect(largestDifference(probe.weight, fits[index]?.weight ?? [])).toBeLessThan(1e-8);
        expect(Math.abs(probe.bias - (fits[index]?.bias ?? Number.NaN))).toBeLessThan(1e-8);
      });
    });
  }

  it('folds the standardisation into weights that take raw features', () => {
    const { x, shape, targets } = reference.ridge['more rows than columns'] as Ridge; // in the file
    const moved = { data: x.map((value, index) => (index % 2 ? 1000 + 10 * value : value)), shape };
    const [plain] = ridgeProbes({ data: x, shape }, targets, { l2: [2] });
    const [again] = ridgeProbes(moved, targets, { l2: [2] });
    const expected = plain && ridgePredictions(plain, { data: x, shape });
    const predictions = again && ridgePredictions(again, moved);
    expect(largestDifference(predictions ?? [], expected ?? [])).toBeLessThan(1e-9);
  });

  it('solves columns that depend on one another', () => {
    const features = { data: [1, 1, 2, 2, 3, 3, 4, 4], shape: [4, 2] };
    const [probe] = ridgeProbes(features, [2, 4, 6, 8], { l2: [1e-9], scale: 'none' });
    expect(largestDifference(probe?.weight ?? [], [1, 1])).toBeLessThan(1e-6);
  });

  it('names what cannot be fitted', () => {
    const features = { data: [1, 2, 3], shape: [3, 1] };
    expect(() => ridgeProbes(features, [1, Number.NaN, 3], { l2: [1] })).toThrow(
      'ridgeProbes: targets must be finite, got NaN in row 1.',
    );
    expect(() => ridgeProbes(features, [1, 2], { l2: [1] })).toThrow('targets must be one a row (3), got 2.');
    expect(() => ridgeProbes(features, [1, 2, 3], { l2: [1, 0] })).toThrow(
      'ridgeProbes: l2 must be a list of positive finite numbers, got 0.',
    );
    expect(() => ridgeProbes(features, [1, 2, 3], { l2: [] })).toThrow('positive finite numbers, got none.');
    const [probe] = ridgeProbes(features, [1, 2, 3], { l2: [1] });
    expect(() => probe && ridgePredictions(probe, { data: [1, 2], shape: [1, 2] })).toThrow(
      'ridgePredictions: features must have 1 columns, got 2.',
    );
  });
});

describe('drawFolds', () => {
  it('spreads each class evenly and holds out no only row', () => {
    const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2];
    const folds = drawFolds({ rows: 10, folds: 3, labels, random: seededRandom(7, 'folds') });
    expect(folds[9]).toBe(-1);
    for (const [label, count] of [
      [0, 2],
      [1, 1],
    ]) {
      const own = [0, 1, 2].map(
        (fold) => labels.filter((of, row) => of === label && folds[row] === fold).length,
      );
      expect(own).toEqual([count, count, count]);
    }
    expect(drawFolds({ rows: 10, folds: 3, labels, random: seededRandom(7, 'folds') })).toEqual(folds);
    expect(drawFolds({ rows: 10, folds: 3, labels, random: seededRandom(8, 'folds') })).not.toEqual(folds);
  });

  it('names folds that cannot be dealt', () => {
    const random = seededRandom(7, 'folds');
    expect(() => drawFolds({ rows: 3, folds: 4, random })).toThrow(
      'drawFolds: folds must be a whole number from 2 to the number of rows, 3, got 4.',
    );
    expect(() => drawFolds({ rows: 3, folds: 2, labels: [0, 1], random })).toThrow('one a row (3), got 2.');
  });
});

describe('crossValidatedProbes', () => {
  for (const name of Object.keys(reference.logistic)) {
    it(`gives for each held-out row what a probe without its fold gives: ${name}`, () => {
      const { x, shape, labels } = reference.logistic[name] as Logistic; // a key of it
      const options = { l2: [0.5, 20], folds: 4, repeats: 2 };
      const held = crossValidatedProbes({ data: x, shape }, labels, {
        ...options,
        scale: 'none',
        random: seededRandom(7, 'folds'),
      });
      const random = seededRandom(7, 'folds');
      for (let repeat = 0; repeat < 2; repeat++) {
        const folds = drawFolds({ rows: labels.length, folds: 4, labels, random });
        options.l2.forEach((l2, index) => {
          const expected = refitEach({ data: x, shape }, labels, folds, l2, held.rows);
          const found = softmax(held.outputs[index]?.[repeat] ?? { data: [], shape: [0, 0] });
          expect(largestDifference(found, expected)).toBeLessThan(1e-3); // fits that choose stop earlier
        });
      }
    });
  }

  it('counts a row of weight 2 as if it were there twice', () => {
    const { x, shape, labels } = reference.logistic['two classes'] as Logistic; // in the file
    const width = shape[1] as number; // of [rows, width]
    const options = { l2: [1], folds: 4, scale: 'none' as const };
    const held = crossValidatedProbes({ data: x, shape }, labels, {
      ...options,
      sampleWeights: labels.map((_, row) => (row === 3 ? 2 : 1)),
      random: seededRandom(7, 'folds'),
    });
    const folds = drawFolds({ rows: labels.length, folds: 4, labels, random: seededRandom(7, 'folds') });
    const features = { data: x, shape };
    const training = [...folds.keys(), 3].filter((row) => folds[row] !== 0);
    const probe = linearProbe(
      take(features, training),
      training.map((row) => labels[row] as number),
      { l2: 1, scale: 'none' },
    );
    expect(folds[3]).not.toBe(0);
    const rows = [...folds.keys()].filter((row) => folds[row] === 0);
    const found = rows.map((row) => held.outputs[0]?.[0]?.data[2 * row + 1] ?? Number.NaN);
    const expected = probeLogits(probe, take({ data: x, shape: [labels.length, width] }, rows)).data;
    expect(
      largestDifference(
        found,
        rows.map((_, at) => expected[2 * at + 1] as number),
      ),
    ).toBeLessThan(1e-3);
    expect(() =>
      crossValidatedProbes(features, labels, {
        ...options,
        sampleWeights: labels.map(() => Number.NaN),
        random: seededRandom(7, 'folds'),
      }),
    ).toThrow('crossValidatedProbes: sampleWeights must be finite and at least 0, got NaN in row 0.');
  });

  it('leaves out rows that are alone in their class, and says which rows it held out', () => {
    const features = { data: [0, 1, 2, 3, 4], shape: [5, 1] };
    const held = crossValidatedProbes(features, [0, 0, 2, 1, 1], {
      l2: [1],
      random: seededRandom(1, 'folds'),
    });
    expect([...held.rows]).toEqual([0, 1, 3, 4]);
    expect(held.outputs[0]?.[0]?.shape).toEqual([4, 3]);
    const random = seededRandom(1, 'folds');
    expect(() => crossValidatedProbes(features, [0, 1, 2, 3, 4], { l2: [1], random })).toThrow(
      'crossValidatedProbes: no class has two rows, so none can be held out. Label more rows.',
    );
    expect(() => crossValidatedProbes(features, [0, 0, 2, 1, 1], { l2: [1], repeats: 0, random })).toThrow(
      'repeats must be a whole number of at least 1, got 0.',
    );
  });
});

describe('crossValidatedRidge', () => {
  for (const name of Object.keys(reference.ridge)) {
    it(`gives for each held-out row what a probe without its fold gives: ${name}`, () => {
      const { x, shape, targets } = reference.ridge[name] as Ridge; // a key of it
      const l2 = [0.1, 10, 1];
      const random = seededRandom(3, 'folds');
      const held = crossValidatedRidge({ data: x, shape }, targets, { l2, folds: 3, scale: 'none', random });
      const folds = drawFolds({ rows: targets.length, folds: 3, random: seededRandom(3, 'folds') });
      l2.forEach((strength, index) => {
        for (let fold = 0; fold < 3; fold++) {
          const training = [...folds.keys()].filter((row) => folds[row] !== fold);
          const rest = [...folds.keys()].filter((row) => folds[row] === fold);
          const [probe] = ridgeProbes(
            take({ data: x, shape }, training),
            training.map((row) => targets[row] as number),
            { l2: [strength], scale: 'none' },
          );
          const expected = probe ? ridgePredictions(probe, take({ data: x, shape }, rest)) : [];
          const found = rest.map((row) => held.outputs[index]?.[0]?.data[row] ?? Number.NaN);
          expect(largestDifference(found, expected)).toBeLessThan(1e-8);
        }
      });
    });
  }
});

describe('fitTemperature', () => {
  it("is that of sklearn's CalibratedClassifierCV(method='temperature') within 1e-3", () => {
    for (const { logits, shape, labels, temperature } of reference.temperatures) {
      const found = fitTemperature({ data: logits, shape }, labels);
      expect(Math.abs(found / temperature - 1)).toBeLessThan(1e-3); // theirs is searched to 1e-5 of a log
    }
  });

  it('is known by hand', () => {
    expect(fitTemperature({ data: [4, 0, 4, 0, 4, 0], shape: [3, 2] }, [0, 0, 1])).toBeCloseTo(
      4 / Math.log(2),
      9,
    );
    expect(fitTemperature({ data: [1, 1, 3, 3], shape: [2, 2] }, [0, 1])).toBe(1);
    expect(fitTemperature({ data: [2, 0, 0, 2], shape: [2, 2] }, [0, 1])).toBe(0.05);
    expect(fitTemperature({ data: [2, 0, 0, 2], shape: [2, 2] }, [1, 0])).toBe(100);
    expect(fitTemperature({ data: [2, 0, 2, 0], shape: [2, 2] }, [0, 0], { least: 0.5 })).toBe(0.5);
  });

  it('names what does not fit', () => {
    const logits = { data: [2, 0, 0, 2], shape: [2, 2] };
    expect(() => fitTemperature(logits, [0, 2])).toThrow(
      'fitTemperature: labels must be classes 0 to 1, got 2 in row 1.',
    );
    expect(() => fitTemperature(logits, [0])).toThrow('labels must be one a row (2), got 1.');
    expect(() => fitTemperature(logits, [0, 1], { least: 2, most: 1 })).toThrow(
      '0 < least < most, got 2 and 1.',
    );
  });
});

function refitEach(
  features: Features,
  labels: number[],
  folds: Int32Array,
  l2: number,
  rows: Int32Array,
): number[] {
  return Array.from(rows).flatMap((row) => {
    const training = [...folds.keys()].filter((other) => folds[other] !== folds[row]);
    const probe = linearProbe(
      take(features, training),
      training.map((other) => labels[other] as number),
      { l2, scale: 'none', classCount: Math.max(...labels) + 1, tolerance: 1e-9 },
    );
    return softmax(probeLogits(probe, take(features, [row])));
  });
}

function take({ data, shape }: Features, rows: number[]): { data: number[]; shape: number[] } {
  const width = shape[1] as number; // of [rows, width]
  return {
    data: rows.flatMap((row) => Array.from(data).slice(row * width, (row + 1) * width)),
    shape: [rows.length, width],
  };
}

function softmax({ data, shape }: Features): number[] {
  const width = shape[1] as number; // of [rows, width]
  const exponentials = Array.from(data, Math.exp);
  return exponentials.map((value, index) => {
    const begin = index - (index % width);
    return value / exponentials.slice(begin, begin + width).reduce((sum, other) => sum + other);
  });
}

function largestDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  expect(left.length).toBe(right.length);
  expect(left.length).toBeGreaterThan(0);
  return Math.max(...Array.from(left, (value, index) => Math.abs(value - (right[index] as number))));
}
