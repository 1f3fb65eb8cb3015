import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  changedValues,
  collapseReport,
  columnLoss,
  columnScale,
  defineMask,
  donorValues,
  fromPatches,
  gatherPatches,
  maskedLoss,
  maskPatches,
  maskTokens,
  maskTokenValues,
  restorePatches,
  skill,
  toPatches,
  zinbLoss,
} from './index.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
  tf.engine().startScope('test');
});
afterEach(() => {
  tf.engine().endScope();
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

describe('maskTokens', () => {
  const options = { maskId: 4, vocabularySize: 50, specialIds: [0, 1, 2] };
  const ids = Int32Array.from({ length: 4 * 20 }, (_, i) =>
    i % 20 === 0 ? 1 : i % 20 > 15 ? 0 : 5 + (i % 40),
  );

  it('asks for an exact count of ordinary tokens and replaces 80/10/10', () => {
    const random = seededRandom(5);
    const tally = { masked: 0, same: 0, other: 0 };
    for (let round = 0; round < 300; round++) {
      const { input, mask } = maskTokenValues(ids, [4, 20], { ...options, random, maskRatio: 0.4 });
      for (let row = 0; row < 4; row++) {
        expect(mask.subarray(row * 20, (row + 1) * 20).reduce((sum, bit) => sum + bit, 0)).toBe(6); // 0.4 × 15
      }
      mask.forEach((bit, i) => {
        if (!bit) expect(input[i]).toBe(ids[i]);
        else if (input[i] === 4) tally.masked++;
        else if (input[i] === ids[i]) tally.same++;
        else tally.other++;
        if ((ids[i] as number) < 3) expect(bit).toBe(0);
        if (bit) expect([0, 1, 2]).not.toContain(input[i]);
      });
    }
    const all = 300 * 24;
    expect(Math.abs(tally.masked / all - 0.8)).toBeLessThan(0.02);
    expect(Math.abs(tally.same / all - 0.1)).toBeLessThan(0.02);
    expect(Math.abs(tally.other / all - 0.1)).toBeLessThan(0.02);
  });

  it('hides whole words', () => {
    const wordIds = Int32Array.from(ids, (_, i) => Math.floor((i % 20) / 3));
    const { mask } = maskTokenValues(ids, [4, 20], {
      ...options,
      random: seededRandom(1),
      maskRatio: 0.5,
      wordIds,
    });
    for (let row = 0; row < 4; row++) {
      for (let word = 1; word < 5; word++) {
        const bits = [0, 1, 2].map((i) => mask[row * 20 + 3 * word + i]);
        expect(new Set(bits).size).toBe(1);
      }
    }
  });

  it('gives tensors for a cross-entropy that sees only what was asked', async () => {
    const { input, target, mask } = maskTokens(ids, [4, 20], { ...options, random: seededRandom(1) });
    expect([input.dtype, target.dtype, mask.dtype]).toEqual(['int32', 'int32', 'bool']);
    const loss = maskedLoss(tf.zeros([4, 20, 50]), target, mask, { kind: 'cross-entropy' });
    expect((await loss.data())[0]).toBeCloseTo(Math.log(50), 5);
  });

  it('names what is wrong', () => {
    const run =
      (more: object, tokens = ids) =>
      () =>
        maskTokens(tokens, [4, 20], { ...options, random: seededRandom(1), ...more });
    expect(run({ maskId: 0 })).toThrow(
      'maskTokens: maskId must not be among specialIds, got 0. Is it the padding? If it is [MASK], list the others only.',
    );
    expect(run({ maskId: 50 })).toThrow('maskId must be below vocabularySize 50, got 50.');
    expect(run({ replace: { mask: 0.8, random: 0.1, keep: 0 } })).toThrow(
      'shares that sum to 1, got mask 0.8, random 0.1, keep 0.',
    );
    const tokens = ids.slice();
    tokens[23] = 50;
    expect(run({}, tokens)).toThrow('tokens must be below vocabularySize 50, got 50 in row 1, place 3.');
    expect(run({}, new Int32Array(80))).toThrow(
      'at least 2 eligible units, one to hide and one to keep, got 0 in row 0.',
    );
  });
});

describe('maskPatches', () => {
  it.each(['scattered', 'block'] as const)('hides the same exact count of every image: %s', (layout) => {
    const sizes = fc.record({
      down: fc.integer({ min: 1, max: 6 }),
      across: fc.integer({ min: 2, max: 6 }),
      ratio: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(sizes, ({ down, across, ratio, seed }) =>
        tf.tidy(() => {
          const { patchMask, visible } = maskPatches([2, down * 2, across * 2], {
            patchSize: 2,
            maskRatio: ratio,
            random: seededRandom(seed),
            layout,
          });
          const count = Math.min(
            down * across - 1,
            Math.max(1, Math.round(Number((ratio * down * across).toPrecision(12)))),
          );
          expect(tf.sum(tf.cast(patchMask, 'int32'), 1).arraySync()).toEqual([count, count]);
          expect(visible.shape).toEqual([2, down * across - count]);
        }),
      ),
      { numRuns: 60 },
    );
  });

  it('agrees with itself: pixels, patches, and what stays visible', async () => {
    const images = tf.reshape(tf.range(0, 2 * 4 * 6 * 3), [2, 4, 6, 3]) as tf.Tensor4D;
    const patches = toPatches(images, 2);
    expect(patches.shape).toEqual([2, 6, 12]);
    expect([...(await tf.slice(patches, [0, 1, 0], [1, 1, 12]).data())]).toEqual([
      6, 7, 8, 9, 10, 11, 24, 25, 26, 27, 28, 29,
    ]);
    expect(await fromPatches(patches, [2, 4, 6, 3]).data()).toEqual(await images.data());
    const { pixelMask, patchMask, visible } = maskPatches(images.shape, {
      patchSize: 2,
      maskRatio: 0.5,
      random: seededRandom(2),
    });
    const byPixel = toPatches(tf.cast(pixelMask, 'float32'), 2);
    expect([...(await tf.max(byPixel, 2).data())]).toEqual([...(await patchMask.data())]);
    const seen = gatherPatches(patches, visible);
    expect(seen.shape).toEqual([2, 3, 12]);
    const whole = restorePatches(seen, visible, tf.fill([12], -1), 6);
    const expected = tf.where(
      tf.tile(tf.expandDims(patchMask, -1), [1, 1, 12]),
      tf.fill([2, 6, 12], -1),
      patches,
    );
    expect(await whole.data()).toEqual(await expected.data());
  });

  it('lets gradients through to what is visible and to the token', async () => {
    const { visible } = maskPatches([1, 2, 4], { patchSize: 1, maskRatio: 0.5, random: seededRandom(2) });
    const patches = tf.ones([1, 8, 2]) as tf.Tensor3D;
    const restored = (x: tf.Tensor, token: tf.Tensor) =>
      tf.sum(restorePatches(gatherPatches(x as tf.Tensor3D, visible), visible, token, 8));
    const [ofPatches, ofToken] = tf.grads(restored)([patches, tf.zeros([2])]) as [tf.Tensor, tf.Tensor];
    expect((await tf.sum(ofPatches).data())[0]).toBe(8);
    expect([...(await ofToken.data())]).toEqual([4, 4]);
  });

  it('names a patch that does not fit', () => {
    expect(() => maskPatches([1, 28, 30], { patchSize: 4, random: seededRandom(1) })).toThrow(
      'maskPatches: patchSize must divide height and width, got 4 for 28 × 30. Crop or resize the images.',
    );
  });
});

describe('donorValues', () => {
  it('takes every value from its own column of another row', async () => {
    const x = tf.tensor2d(
      Array.from({ length: 30 }, (_, i) => 100 * (i % 5) + Math.floor(i / 5)),
      [6, 5],
    );
    for (const from of ['column', 'row'] as const) {
      const values = await donorValues(x, seededRandom(3), { from }).array();
      values.forEach((row, i) => {
        expect(row.every((value, column) => Math.floor(value / 100) === column && value % 100 !== i)).toBe(
          true,
        );
        if (from === 'row') expect(new Set(row.map((value) => value % 100)).size).toBe(1);
      });
    }
    expect([...(await changedValues(tf.tensor1d([1, 2]), tf.tensor1d([1, 3])).data())]).toEqual([0, 1]);
  });
});

describe('defineMask', () => {
  const values = Float32Array.from({ length: 40 }, (_, i) => i / 7);

  it('never lets a hidden value through', async () => {
    const spec = defineMask({ ratio: 0.5, groups: 2 });
    const { input, mask } = spec.apply(values, [5, 8], { random: seededRandom(4) });
    const hidden = await mask.data();
    const other = values.map((value, i) => (hidden[i] ? value + 1000 : value));
    const again = spec.apply(other, [5, 8], { random: seededRandom(4) });
    expect(await again.input.data()).toEqual(await input.data());
    expect(await again.mask.data()).toEqual(hidden);
  });

  it('gives a sample the same mask in any batch and any order', async () => {
    const spec = defineMask({ ratio: 0.5, replace: { value: 0.8, swap: 0, keep: 0.2 } });
    const forIds = (ids: number[]) => ({ forRow: (row: number) => seededRandom(ids[row] as number) });
    const both = await spec.apply(values.slice(0, 16), [2, 8], { random: forIds([7, 9]) }).mask.data();
    const turned = await spec.apply(values.slice(0, 16), [2, 8], { random: forIds([9, 7]) }).mask.data();
    expect([...both.slice(0, 8)]).toEqual([...turned.slice(8)]);
  });

  it('swaps in values of the same column and keeps the asked shares', async () => {
    const spec = defineMask({ ratio: 0.5, replace: { value: 0.6, swap: 0.3, keep: 0.1 }, value: -1 });
    const random = seededRandom(8);
    const column = Float32Array.from({ length: 40 }, (_, i) => 10 * (i % 8) + Math.floor(i / 8));
    const tally = { put: 0, swapped: 0, kept: 0 };
    for (let round = 0; round < 200; round++) {
      const { input, mask } = spec.apply(column, [5, 8], { random });
      const [seen, hidden] = [await input.data(), await mask.data()];
      hidden.forEach((bit, i) => {
        const value = seen[i] as number;
        if (!bit || value !== -1) expect(Math.floor(value / 10)).toBe(i % 8);
        if (!bit) expect(value).toBe(column[i]);
        else if (value === -1) tally.put++;
        else if (value === column[i]) tally.kept++;
        else tally.swapped++;
      });
    }
    const all = 200 * 20;
    expect(Math.abs(tally.put / all - 0.6)).toBeLessThan(0.035);
    expect(Math.abs(tally.swapped / all - 0.3)).toBeLessThan(0.035);
  });

  it('puts a learned token in the place of hidden values, which gets their gradient', async () => {
    const spec = defineMask({ ratio: 0.5 });
    const gradient = tf.grad((token) =>
      tf.sum(spec.apply(values, [5, 8], { random: seededRandom(3), token }).input),
    )(tf.zeros([8]));
    const { mask } = spec.apply(values, [5, 8], { random: seededRandom(3) });
    expect(await gradient.data()).toEqual(await tf.sum(tf.cast(mask, 'float32'), 0).data());
  });

  it('swaps in one donor row where relations should stay', async () => {
    const column = Float32Array.from({ length: 40 }, (_, i) => Math.floor(i / 8));
    const spec = defineMask({ ratio: 0.5, replace: { value: 0, swap: 1 }, swapFrom: 'row' });
    const { input, mask } = spec.apply(column, [5, 8], { random: seededRandom(3) });
    const [seen, hidden] = [await input.data(), await mask.data()];
    for (let row = 0; row < 5; row++) {
      const donors = new Set(
        [0, 1, 2, 3, 4, 5, 6, 7].filter((i) => hidden[8 * row + i]).map((i) => seen[8 * row + i]),
      );
      expect(donors.size).toBe(1);
      expect(donors.has(row)).toBe(false);
    }
  });

  it('takes NaN only where told, and never asks for it', async () => {
    const holes = values.slice();
    holes[9] = Number.NaN;
    expect(() => defineMask({ ratio: 0.5 }).apply(holes, [5, 8], { random: seededRandom(1) })).toThrow(
      "defineMask: values must be finite, got NaN in row 1, column 1. Where NaN means missing, set missing: 'never-hidden'.",
    );
    const endless = Float32Array.from(values, (value, i) => (i === 9 ? Number.POSITIVE_INFINITY : value));
    expect(() =>
      defineMask({ ratio: 0.5, missing: 'never-hidden' }).apply(endless, [5, 8], { random: seededRandom(1) }),
    ).toThrow('values must be finite, got Infinity in row 1, column 1.');
    const { input, mask, target } = defineMask({ ratio: 0.5, missing: 'never-hidden' }).apply(holes, [5, 8], {
      random: seededRandom(1),
    });
    expect([(await input.data())[9], (await target.data())[9], (await mask.data())[9]]).toEqual([0, 0, 0]);
    expect(() => defineMask({ ratio: 1.2 })).toThrow(
      'defineMask: maskRatio must be between 0 and 1, both excluded, got 1.2.',
    );
    expect(() => defineMask({ ratio: 0.5, replace: { swap: 0.5 } })).toThrow(
      'got value 1, swap 0.5, keep 0.',
    );
  });

  it('follows a ratio that changes by step', async () => {
    const spec = defineMask({ ratio: (step) => (step < 10 ? 0.25 : 0.75) });
    const count = async (step: number) =>
      (
        await tf
          .sum(tf.cast(spec.apply(values, [5, 8], { random: seededRandom(1), step }).mask, 'int32'))
          .data()
      )[0];
    expect([await count(0), await count(10)]).toEqual([10, 30]);
  });
});

describe('defineMask for texts and images', () => {
  it('draws what maskTokens and maskPatches draw, at the ratio of the step', async () => {
    const ids = Int32Array.from({ length: 20 }, (_, i) => 5 + i);
    const tokens = defineMask({
      kind: 'tokens',
      ratio: { from: 0.2, to: 0.6, steps: 10 },
      maskId: 1,
      vocabularySize: 40,
      specialIds: [0],
    });
    const hiddenAt = async (step: number) =>
      Array.from(await tokens.apply(ids, [1, 20], { random: seededRandom(1), step }).mask.data()).reduce(
        (a, b) => a + b,
        0,
      );
    expect([await hiddenAt(0), await hiddenAt(5), await hiddenAt(10), await hiddenAt(99)]).toEqual([
      4, 8, 12, 12,
    ]);
    const patches = defineMask({ kind: 'patches', ratio: 0.75, patchSize: 2, layout: 'block' });
    const direct = maskPatches([2, 8, 8], { patchSize: 2, layout: 'block', random: seededRandom(2) });
    const { patchMask, visible } = patches.apply([2, 8, 8], { random: seededRandom(2) });
    expect(await patchMask.data()).toEqual(await direct.patchMask.data());
    expect(visible.shape).toEqual([2, 4]);
  });

  it('names itself in one line, so that a run resumed with another mask is refused', () => {
    const spec = defineMask({ ratio: 0.5, groups: 4 });
    expect(spec.fingerprint).toBe('mask {"ratio":0.5,"groups":4}');
    expect(defineMask({ kind: 'patches', ratio: 0.5, patchSize: 4 }).fingerprint).not.toBe(spec.fingerprint);
    expect(() => defineMask({ kind: 'patches', ratio: 0.5, patchSize: 0 })).toThrow(
      'defineMask: patchSize must divide height and width, got 0',
    );
    expect(() => defineMask({ ratio: { from: 0.2, to: 1, steps: 5 } })).toThrow(
      'defineMask: maskRatio must be between 0 and 1, both excluded, got 1.',
    );
    expect(() => defineMask({ ratio: { from: 0.2, to: 0.4, steps: 0 } })).toThrow(
      'ratio.steps must be > 0, got 0.',
    );
  });
});

describe('columnLoss', () => {
  it('counts every hidden value once, whatever its kind', async () => {
    const blocks = [
      { kind: 'numeric' as const, start: 0, size: 2, weights: [0.25, 0] },
      { kind: 'binary' as const, start: 2, size: 1 },
      { kind: 'category' as const, start: 3, size: 3 },
    ];
    const predicted = tf.tensor2d([
      [2, 9, 0, 0, 0, 0],
      [1, 9, 0, 5, 5, 5],
    ]);
    const target = tf.tensor2d([
      [0, 0, 1, 1, 0, 0],
      [1, 0, 1, 0, 1, 0],
    ]);
    const mask = tf.tensor2d(
      [
        [1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0],
      ],
      [2, 6],
      'bool',
    );
    const expected = (4 * 0.25 + 0 + Math.log(2) + Math.log(3)) / 4;
    expect((await columnLoss(predicted, target, mask, blocks).data())[0]).toBeCloseTo(expected, 5);
    expect(() => columnLoss(predicted, target, mask, blocks.slice(0, 2))).toThrow(
      'blocks must cover all 6 columns, got 3.',
    );
  });

  it('is scaled by what training rows say, and names constant columns', () => {
    const { mean, variance, constant, weights } = columnScale([1, 5, 3, 5, 5, 5], [3, 2]);
    expect([...mean]).toEqual([3, 5]);
    expect(variance[0]).toBeCloseTo(8 / 3, 6);
    expect(constant).toEqual([1]);
    expect(weights[1]).toBe(0);
    expect(() => columnScale([1, 1], [2, 1])).toThrow(
      'at least one of 1 columns must vary, got only constant ones.',
    );
  });
});

describe('zinbLoss', () => {
  it('is the negative log-likelihood, by hand', async () => {
    // μ = 2, θ = 1: NB(k) = 1/3 · (2/3)^k; π = 1/4
    const fill = (value: number) => tf.fill([1, 3], value);
    const predicted = {
      logMean: fill(Math.log(2)),
      logDispersion: fill(0),
      dropoutLogits: fill(Math.log(1 / 3)),
    };
    const mask = tf.tensor2d([1, 1, 0], [1, 3], 'bool');
    const counts = tf.tensor2d([0, 3, Number.NaN], [1, 3]);
    const expected = -(Math.log(0.25 + 0.75 / 3) + Math.log((0.75 / 3) * (2 / 3) ** 3)) / 2;
    expect((await zinbLoss(predicted, counts, mask).data())[0]).toBeCloseTo(expected, 4);
  });

  it('has the gradient that finite differences give', async () => {
    const mask = tf.ones([1, 4], 'bool');
    const counts = tf.tensor2d([0, 1, 7, 30], [1, 4]);
    const at = [0.3, -0.2, 1.1, 2.9];
    const loss = (x: tf.Tensor) =>
      zinbLoss({ logMean: x, logDispersion: tf.mul(x, 0.5), dropoutLogits: tf.neg(x) }, counts, mask);
    const gradient = await tf
      .grad(loss)(tf.tensor2d(at, [1, 4]))
      .data();
    for (let i = 0; i < 4; i++) {
      const moved = async (by: number) =>
        (
          await loss(
            tf.tensor2d(
              at.map((v, j) => (i === j ? v + by : v)),
              [1, 4],
            ),
          ).data()
        )[0] as number;
      const slope = ((await moved(0.02)) - (await moved(-0.02))) / 0.04;
      expect(Math.abs(slope - (gradient[i] as number))).toBeLessThan(5e-3);
    }
  });
});

describe('collapseReport', () => {
  it('tells healthy features from collapsed ones', () => {
    const random = seededRandom(1);
    const healthy = Float32Array.from({ length: 400 * 8 }, () => random() - 0.5);
    const report = collapseReport(healthy, [400, 8]);
    expect(report.effectiveRank).toBeGreaterThan(7.5);
    expect(report.spread).toBeCloseTo(1, 1);
    const collapsed = Float32Array.from({ length: 400 * 8 }, (_, i) => (i % 8) + 1);
    expect(collapseReport(collapsed, [400, 8])).toMatchObject({ effectiveRank: 0, constantFeatures: 8 });
    expect(skill(0.25, 1)).toBe(0.75);
  });
});
