import { describe, expect, it } from 'vitest';
import { testRandom } from '../fixtures/random.js';
import { classSubsets } from './class-subsets.js';
import { clusterPairs } from './cluster-pairs.js';
import { kMeans } from './k-means.js';
import { maskPatterns } from './mask-patterns.js';
import { principalComponents } from './principal-components.js';
import { regressionFamily } from './regression-family.js';

/** Three far-apart clouds of 40 rows in 5 columns, one of them constant. */
function clouds() {
  const random = testRandom(3);
  const data = new Float32Array(120 * 5);
  for (let row = 0; row < 120; row++) {
    const cloud = row % 3;
    for (let column = 0; column < 4; column++) {
      data[row * 5 + column] = (column === cloud ? 50 : 0) + random();
    }
    data[row * 5 + 4] = 7;
  }
  return { shape: [120, 5] as const, data };
}

describe('classSubsets', () => {
  it('gives all 35 triples of 7 classes, class 0 among them', () => {
    const triples = classSubsets({ labels: Array.from({ length: 70 }, (_, i) => i % 7), size: 3 });
    expect(triples).toHaveLength(35);
    expect(new Set(triples.map(({ classes }) => classes.join())).size).toBe(35);
    expect(triples[0]).toMatchObject({ name: 'class 0 against 1 against 2', classes: [0, 1, 2] });
    expect(triples.filter(({ classes }) => classes.includes(0))).toHaveLength(15);
    expect([...(triples[34]?.rows ?? [])].slice(0, 4)).toEqual([4, 5, 6, 11]);
    expect([...(triples[34]?.labels ?? [])].slice(0, 4)).toEqual([0, 1, 2, 0]);
  });

  it('draws different subsets and rows, the same for the same random', () => {
    const labels = Array.from({ length: 400 }, (_, i) => i % 40);
    const draw = () => classSubsets({ labels, size: 4, count: 30, rowsPerClass: 3, random: testRandom(1) });
    const subsets = draw();
    expect(new Set(subsets.map(({ name }) => name)).size).toBe(30);
    for (const { rows, labels: own } of subsets) {
      expect(rows).toHaveLength(12);
      expect([0, 1, 2, 3].map((label) => own.filter((other) => other === label).length)).toEqual([
        3, 3, 3, 3,
      ]);
    }
    expect(draw()).toEqual(subsets);
    expect(structuredClone(subsets)).toEqual(subsets);
  });

  it('refuses what cannot be drawn', () => {
    const labels = [0, 1, 2];
    expect(() => classSubsets({ labels, size: 4 })).toThrow('size must be an integer in [2, 3]');
    expect(() => classSubsets({ labels, size: 2, count: 4, random: Math.random })).toThrow(
      'count must be an integer in [1, 3]',
    );
    expect(() => classSubsets({ labels, size: 2, count: 2 })).toThrow('random must be given');
    expect(() => classSubsets({ labels: [0, -1], size: 2 })).toThrow(
      'labels must be integers ≥ 0, got -1 for row 1',
    );
  });
});

describe('clusterPairs', () => {
  it('finds clouds without labels and pairs them', () => {
    const pairs = clusterPairs({ features: clouds(), random: testRandom(5), clusters: 3 });
    expect(pairs).toHaveLength(3);
    for (const { rows, labels } of pairs) {
      expect(rows).toHaveLength(80);
      // each cluster is one cloud: rows of one label agree modulo 3
      const found = new Set(Array.from(rows, (row, i) => `${labels[i]}:${row % 3}`));
      expect(found.size).toBe(2);
    }
  });

  it('gives the same pairs for the same random and limits rows', () => {
    const draw = () =>
      clusterPairs({ features: clouds(), random: testRandom(9), clusters: 6, pairs: 5, rowsPerCluster: 4 });
    expect(draw()).toEqual(draw());
    expect(draw()).toHaveLength(5);
    for (const { rows } of draw()) expect(rows.length).toBeLessThanOrEqual(8);
  });

  it('refuses features that are not numbers', () => {
    const features = clouds();
    features.data[7] = Number.NaN;
    expect(() => clusterPairs({ features, random: testRandom(1), clusters: 3 })).toThrow(
      'features must be finite, got NaN in row 1, column 2.',
    );
    expect(() =>
      clusterPairs({ features: { ...features, shape: [2, 2] }, random: testRandom(1), clusters: 3 }),
    ).toThrow('got 600 for [2, 2]');
    expect(() => clusterPairs({ features: clouds(), random: testRandom(1), clusters: 1 })).toThrow(
      'clusters must be',
    );
    expect(() => clusterPairs({ features: clouds(), random: testRandom(1), clusters: 121 })).toThrow(
      'kMeans: clusters',
    );
  });
});

describe('principalComponents', () => {
  it('finds the direction of two columns that vary together', () => {
    const random = testRandom(2);
    const data = new Float64Array(200 * 3);
    const hidden = Array.from({ length: 200 }, () => random() - 0.5);
    hidden.forEach((value, row) => {
      data.set([5 * value, -2 * value + 1, random()], row * 3);
    });
    const { shape, data: rotated } = principalComponents({ shape: [200, 3], data }, 3, testRandom(4));
    expect(shape).toEqual([200, 3]);
    const variance = (column: number) =>
      Array.from({ length: 200 }, (_, row) => (rotated[row * 3 + column] ?? 0) ** 2).reduce((a, b) => a + b) /
      200;
    expect(variance(0)).toBeCloseTo(2, 1);
    expect(variance(1)).toBeCloseTo(1, 1);
    expect(variance(2)).toBeCloseTo(0, 6);
  });
});

describe('kMeans', () => {
  it('refills clusters when rows coincide', () => {
    const data = Float64Array.of(0, 0, 0, 0, 1, 5);
    const assigned = kMeans({ shape: [6, 1], data }, 3, () => 0);
    expect(new Set(assigned).size).toBe(3);
    expect(assigned[0]).toBe(assigned[3]);
  });
});

describe('maskPatterns', () => {
  it('hides so many features, differently each time', () => {
    const patterns = maskPatterns({ featureCount: 8, hiddenCount: 3, count: 20, random: testRandom(1) });
    expect(new Set(patterns.map(({ name }) => name)).size).toBe(20);
    for (const { hidden } of patterns) expect(new Set(hidden).size).toBe(3);
    expect(() => maskPatterns({ featureCount: 4, hiddenCount: 4, count: 1, random: testRandom(1) })).toThrow(
      '[1, 4), got 4',
    );
    expect(() => maskPatterns({ featureCount: 4, hiddenCount: 1, count: 5, random: testRandom(1) })).toThrow(
      'got 4',
    );
  });
});

describe('regressionFamily', () => {
  it('draws parameters within their ranges', () => {
    const members = regressionFamily(
      { amplitude: [0.1, 5], phase: [0, Math.PI] },
      { count: 50, random: testRandom(1) },
    );
    expect(members).toHaveLength(50);
    for (const { amplitude, phase } of members) {
      expect(amplitude).toBeGreaterThanOrEqual(0.1);
      expect(amplitude).toBeLessThan(5);
      expect(phase).toBeLessThan(Math.PI);
    }
    expect(() => regressionFamily({ a: [1, 0] }, { count: 1, random: testRandom(1) })).toThrow(
      'a must run from low to high, got [1, 0]',
    );
    expect(() => regressionFamily({ a: [0, 1] }, { count: 0, random: testRandom(1) })).toThrow(
      'count must be',
    );
  });
});
