import type { NamedTensor, StateDict } from '@warmstart/shapes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testRandom } from '../fixtures/random.js';
import { GuidesError, type GuidesErrorCode } from './errors.js';
import { layerMeans, shuffleGuides } from './guide-controls.js';
import { guides } from './guides.js';
import { openGuides, saveGuides } from './guides-file.js';
import { effectiveParameters } from './guides-report.js';
import { type Moments, MomentsTree, momentsOf } from './moments.js';
import { reliability } from './reliability.js';
import { encodeSafetensors } from './safetensors.js';
import { scout } from './scout.js';

const base = (): StateDict =>
  new Map([
    ['a.weight', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 1, 1, 1) }],
    ['a.bias', { dtype: 'float32', shape: [2], data: Float32Array.of(0.5, 0.5) }],
  ]);

/** Displacements of six weights by scout; all exact in float32. */
const moves = [
  [1, 0, 0.5, 0, 2, 0],
  [-1, 0, 0.5, 0.25, 2, 0],
  [1, 0, 0.5, 0, -2, 0],
  [-1, 0, 0.5, 0.25, -2, 0],
];

const scouted = (displacements = moves, measures?: (index: number) => Record<string, StateDict>) =>
  scout({
    base: base(),
    subproblems: displacements,
    seed: 1,
    train: async ({ base: weights, subproblem, index }) => {
      let at = 0;
      for (const { data } of weights.values()) {
        for (let i = 0; i < data.length; i++)
          (data as Float32Array)[i] = Number(data[i]) + (subproblem[at++] ?? 0);
      }
      return measures ? { weights, measures: measures(index) } : weights;
    },
  });

const flat = (state: StateDict) => [...state.values()].flatMap(({ data }) => [...(data as Float32Array)]);
const codeOf = (error: unknown): GuidesErrorCode | undefined =>
  error instanceof GuidesError ? error.code : undefined;
async function refusal(promise: Promise<unknown>): Promise<GuidesErrorCode | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => codeOf(error),
  );
}

describe('guides', () => {
  it('are variances around the mean, for a base moved by the mean', async () => {
    const made = guides(await scouted(), { scale: 'max' });
    // unbiased variances: 4/3, 0, 0, 4/3 · 1/64, 16/3, 0
    const expected = [0.25, 0, 0, 0.00390625, 1, 0];
    flat(made.guides).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? 0, 6);
    });
    expect(flat(made.base)).toEqual([1, 1, 1.5, 1.125, 0.5, 0.5]);
    expect(made.report).toMatchObject({
      formula: 'variance',
      recentre: true,
      scouts: 4,
      rejected: 0,
      weights: 6,
    });
  });

  it('keep the base where it is by the published formula', async () => {
    const made = guides(await scouted(), { formula: 'squared', scale: 'max' });
    [0.25, 0, 0.0625, 0.0078125, 1, 0].forEach((value, i) => {
      expect(flat(made.guides)[i]).toBeCloseTo(value, 6);
    });
    expect(made.base).toEqual(base());
  });

  it('take absolute displacements, ratios and measures', async () => {
    const run = await scouted(moves, () => ({
      fisher: new Map(
        [...base()].map(([key, tensor]) => [
          key,
          { ...tensor, data: Float32Array.from(tensor.data as Float32Array, (_, i) => i) },
        ]),
      ),
      gradient: base(),
    }));
    const values = (formula: Parameters<typeof guides>[1]) =>
      flat(guides(run, { scale: 'max', ...formula }).guides);
    expect(values({ formula: 'absolute' })).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    // roots of the variances 4/3, 0, 0, 1/48, 16/3, 0
    expect(values({ formula: 'deviation' })).toEqual([0.5, 0, 0, 0.0625, 1, 0]);
    // mean² / variance: infinite where all agree, which counts as the largest finite one
    expect(values({ formula: 'signal-to-noise' })).toEqual([0, 0, 1, 1, 0, 0]);
    expect(values({ formula: 'fisher' }).map((value) => Math.round(value * 3))).toEqual([0, 1, 2, 3, 0, 1]);
    expect(values({ formula: 'gradient-ratio' })).toEqual([1, 1, 1, 1, 1, 1]);
    expect(() => guides(run, { formula: 'path' })).toThrow(
      'every scout must return the measure "path", got fisher, gradient.',
    );
    expect(() => guides(run, { formula: 'other' as never })).toThrow(
      'formula must be one of variance, deviation, squared',
    );
    expect(() => guides(run, { scale: 'maximum' as never })).toThrow(
      'guides: scale must be one of max, min-max, mean, quantile, rank, got maximum.',
    );
    expect(() => guides(run, { normalise: 'all' as never })).toThrow('normalise must be one of global,');
  });

  it('are normalised over all, a tensor, a layer or a channel', async () => {
    const run = await scouted();
    const values = (normalise: 'global' | 'tensor' | 'layer' | 'channel') =>
      flat(guides(run, { formula: 'absolute', scale: 'max', normalise }).guides);
    expect(values('global')).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(values('layer')).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(values('tensor')).toEqual([1, 0, 0.5, 0.125, 1, 0]);
    expect(values('channel')).toEqual([1, 0, 1, 0.25, 1, 0]);
  });

  it('take each scale', async () => {
    const run = await scouted();
    const values = (scale: 'min-max' | 'mean' | 'rank' | 'quantile') =>
      flat(guides(run, { formula: 'absolute', scale }).guides);
    expect(values('min-max')).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(values('mean').reduce((sum, value) => sum + value, 0)).toBeCloseTo(6, 5);
    expect(values('rank').map((value) => Math.round(value * 10))).toEqual([8, 1, 6, 4, 10, 1]);
    expect(Math.max(...values('quantile'))).toBe(1);
  });

  it('take each temperature, without changing what they came from', async () => {
    const run = await scouted();
    const values = (temperature: Parameters<typeof guides>[1] & object) =>
      flat(guides(run, { formula: 'absolute', scale: 'max', ...temperature }).guides);
    expect(values({ temperature: 'freezing' })).toEqual([0, 0, 0, 0, 1, 0]);
    expect(values({ temperature: 'icy' })).toEqual([0, 0, 0, 0, 1, 0]);
    expect(values({ temperature: 'chilly' })).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(values({ temperature: 'warm' })).toEqual([0.75, 0.5, 0.625, 0.53125, 1, 0.5]);
    expect(values({ temperature: 'evaporating' })).toEqual([1.125, 1, 1.0625, 1.015625, 1.25, 1]);
    expect(values({ temperature: Math.sqrt })[2]).toBe(0.5);
    expect(values({})).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(() => guides(run, { temperature: 'hot' as never })).toThrow('temperature must be freezing');
    expect(() => guides(run, { temperature: () => Number.NaN })).toThrow(
      'every guide must be finite and ≥ 0, got NaN',
    );
  });

  it('shrink to the mean of their tensor and keep only the largest', async () => {
    const run = await scouted();
    const shrunk = flat(guides(run, { formula: 'absolute', scale: 'max', shrink: 4 }).guides);
    // n = ν = 4: half way to the means 0.40625 and 1 of |δ| = 1 0 0.5 0.125 | 2 0
    expect(shrunk.map((value) => value * 1.5)).toEqual(
      [0.703125, 0.203125, 0.453125, 0.265625, 1.5, 0.5].map((v) => expect.closeTo(v, 6)),
    );
    expect(flat(guides(run, { formula: 'absolute', scale: 'max', keep: 0.5 }).guides)).toEqual([
      0.5, 0, 0.25, 0, 1, 0,
    ]);
    expect(() => guides(run, { keep: 0 })).toThrow('keep must be in (0, 1], got 0');
    expect(() => guides(run, { shrink: -1 })).toThrow('shrink must be a finite number of scouts ≥ 0, got -1');
  });

  it('refuse scouts that never moved, and name tensors that did not', async () => {
    const still = await scouted([[], []]);
    expect(() => guides(still)).toThrow('at least one guide must be above 0, got only zeros');
    const half = await scouted([[1], [2], [4]]);
    expect(guides(half, { normalise: 'tensor' }).report.unmoved).toEqual(['a.bias']);
  });
});

describe('MomentsTree', () => {
  const leaf = (values: number[]) => momentsOf(Float64Array.from(values));
  const total = (order: number[], rows: (number[] | null)[]): Moments | null => {
    const tree = new MomentsTree(rows.length);
    for (const i of order) {
      const row = rows[i];
      tree.add(i, row ? leaf(row) : null);
    }
    return tree.total();
  };

  it('gives the same bits in any order, and the mean and variance of the two-pass formulas', () => {
    const row = fc.option(
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 3 }),
      { freq: 5 },
    );
    const runs = fc
      .array(row, { minLength: 1, maxLength: 20 })
      .chain((rows) =>
        fc.tuple(fc.constant(rows), fc.shuffledSubarray([...rows.keys()], { minLength: rows.length })),
      );
    fc.assert(
      fc.property(runs, ([rows, order]) => {
        const found = total(order, rows);
        expect(found).toEqual(total([...rows.keys()], rows));
        const present = rows.filter((values) => values !== null);
        expect(found?.count ?? 0).toBe(present.length);
        for (let i = 0; found && i < 3; i++) {
          const values = present.map((one) => one[i] ?? 0);
          const mean = values.reduce((a, b) => a + b, 0) / values.length;
          expect(found.mean[i]).toBeCloseTo(mean, 9);
          expect(found.squares[i]).toBeCloseTo(
            values.reduce((sum, x) => sum + (x - mean) ** 2, 0),
            5,
          );
          expect(found.absolute[i]).toBeCloseTo(
            values.reduce((sum, x) => sum + Math.abs(x), 0) / values.length,
            9,
          );
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('refuses an index out of range and a total that is not complete', () => {
    const tree = new MomentsTree(3);
    expect(() => tree.add(3, null)).toThrow('[0, 3), got 3');
    tree.add(0, leaf([1]));
    expect(() => tree.total()).toThrow('all 3 leaves must be added');
    expect(() => new MomentsTree(0)).toThrow('count must be an integer ≥ 1, got 0');
  });
});

describe('controls', () => {
  it('shuffle within tensors and average over them', async () => {
    const made = guides(await scouted(), { formula: 'absolute', scale: 'max' }).guides;
    const shuffled = shuffleGuides(made, testRandom(3));
    expect([...(shuffled.get('a.weight')?.data ?? [])].sort()).toEqual([0, 0.0625, 0.25, 0.5]);
    expect([...(shuffled.get('a.bias')?.data ?? [])].sort()).toEqual([0, 1]);
    expect(flat(layerMeans(made))).toEqual([0.203125, 0.203125, 0.203125, 0.203125, 0.5, 0.5]);
    expect(flat(made)).toEqual([0.5, 0, 0.25, 0.0625, 1, 0]);
    expect(effectiveParameters(layerMeans(made))).toBeCloseTo(
      (4 * 0.203125 + 1) ** 2 / (4 * 0.203125 ** 2 + 0.5),
      5,
    );
  });
});

describe('reliability', () => {
  const random = testRandom(8);
  const draws = (scale: (i: number) => number) =>
    Array.from({ length: 24 }, () => Array.from({ length: 6 }, (_, i) => (random() - 0.5) * scale(i)));

  it('is near 1 for movements that repeat and low for those that do not', async () => {
    const real = reliability(await scouted(draws((i) => 4 ** i)));
    expect(real.withinTensor).toBeGreaterThan(0.9);
    expect(real.ofAllScouts).toBeGreaterThan(real.withinTensor - 1e-12);
    expect(real.scouts).toEqual([12, 12]);
    const none = reliability(await scouted(draws(() => 1)), { formula: 'squared' });
    expect(none.withinTensor).toBeLessThan(0.9);
  });

  it('needs two scouts in each half', async () => {
    await expect(scouted(moves.slice(0, 3)).then((run) => reliability(run))).rejects.toThrow(
      'each half must have at least 2 finished scouts, got 2 and 1.',
    );
  });
});

describe('openGuides', () => {
  it('gives back what was saved, for the base before and after recentring only', async () => {
    const made = guides(await scouted());
    const bytes = await saveGuides(made);
    const opened = await openGuides(bytes, { base: made.base });
    expect(opened.guides).toEqual(made.guides);
    expect(opened.base).toBe('recentred');
    expect(opened.metadata).toMatchObject({
      formula: 'variance',
      scouts: '4',
      seed: '1',
      base: made.report.baseDigest,
    });
    expect((await openGuides(bytes, { base: base() })).base).toBe('original');
    const withHead = new Map([
      ...made.base,
      ['head.weight', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }],
    ] as const);
    expect((await openGuides(bytes, { base: withHead })).base).toBe('recentred');
    (withHead.get('a.bias')?.data as Float32Array)[0] = 77;
    expect(await refusal(openGuides(bytes, { base: withHead }))).toBe('another-base');
  });

  it('takes an encoder out of a whole model, under other keys, and says what matched', async () => {
    const made = guides(await scouted());
    const bytes = await saveGuides(made);
    const encoder: StateDict = new Map([['fc.weight', made.base.get('a.weight') as NamedTensor]]);
    const rename = (key: string) => key.replace(/^a\./, 'fc.');
    await expect(openGuides(bytes, { base: encoder, rename })).rejects.toThrow(
      'openGuides: the guides do not fit the base.\n  guides of no variable (1): fc.bias\n',
    );
    const opened = await openGuides(bytes, { base: encoder, rename, strict: false });
    expect([...opened.guides]).toEqual([['fc.weight', made.guides.get('a.weight')]]);
    expect(opened.report).toMatchObject({ matched: ['fc.weight'], missing: [], unexpected: ['fc.bias'] });
    const all = await openGuides(bytes, { base: made.base });
    expect(String(all.report)).toBe('<All keys matched successfully>');
    encoder.set('head.weight', { dtype: 'float32', shape: [1], data: Float32Array.of(1) });
    const withHead = await openGuides(bytes, { base: encoder, rename, strict: false });
    expect(withHead.report.missing).toEqual(['head.weight']);
    expect(await refusal(openGuides(bytes, { base: new Map(), strict: false }))).toBe('mismatch');
  });

  it('refuses another shape and other values, naming the weight', async () => {
    const made = guides(await scouted());
    const bytes = await saveGuides(made);
    const shape = new Map(made.base).set('a.bias', {
      dtype: 'float32',
      shape: [3],
      data: new Float32Array(3),
    });
    await expect(openGuides(bytes, { base: shape })).rejects.toThrow(
      'a.bias: the variable has [3], the guide [2]',
    );
    const values = new Map(made.base).set('a.bias', {
      dtype: 'float32',
      shape: [2],
      data: new Float32Array(2),
    });
    await expect(openGuides(bytes, { base: values })).rejects.toThrow('for other values in a.bias.');
    await expect(saveGuides({ ...made, base: new Map() })).rejects.toThrow(
      'the base must hold a.weight, got no such',
    );
  });

  it('says what to give in place of a path', async () => {
    await expect(openGuides('guides.safetensors' as never, { base: base() })).rejects.toThrow(
      'openGuides(await readFile(path), { base })',
    );
  });

  it('refuses bytes that are no guides, without ever crashing', async () => {
    const bytes = await saveGuides(guides(await scouted()));
    expect(await refusal(openGuides(new Uint8Array(3), { base: base() }))).toBe('format');
    const plain = encodeSafetensors({ tensors: base(), metadata: {} });
    await expect(openGuides(plain, { base: base() })).rejects.toThrow(
      'got kind undefined and version undefined',
    );
    const random = testRandom(4);
    for (let round = 0; round < 500; round++) {
      const broken = bytes.slice(0, random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length);
      for (let k = 0; k < 3 && broken.length > 0; k++)
        broken[Math.floor(random() * broken.length)] = random() * 256;
      const result = await openGuides(broken, { base: base() }).then(
        () => 'opened',
        (error: unknown) => codeOf(error) ?? error,
      );
      expect(['opened', 'format', 'another-base', 'mismatch', 'bad-value', 'all-zero']).toContain(result);
    }
  });

  it('refuses to save guides that cannot be', async () => {
    const made = guides(await scouted());
    (made.guides.get('a.bias')?.data as Float32Array)[1] = -1;
    expect(await refusal(saveGuides(made))).toBe('bad-value');
    for (const { data } of made.guides.values()) data.fill(0 as never);
    expect(await refusal(saveGuides(made))).toBe('all-zero');
  });
});
