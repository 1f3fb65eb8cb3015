import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { defineMask, hideValues, maskedLoss, maskPatches, maskTokens, sampleMask } from '../index.js';

/** What masks and losses promise, the same numbers on every backend. */
export function backendSuite(backend: string): void {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      expect(tf.getBackend()).toBe(backend);
    });

    it('draws the very same masks', async () => {
      const before = tf.memory().numTensors;
      const mask = sampleMask([6, 12], 0.5, seededRandom(1), { groups: 3 });
      const patches = maskPatches([2, 8, 8], { patchSize: 2, random: seededRandom(2), layout: 'block' });
      const ids = Int32Array.from({ length: 40 }, (_, i) => 3 + (i % 9));
      const options = { maskId: 2, vocabularySize: 30, specialIds: [0, 1], random: seededRandom(3) };
      const tokens = maskTokens(ids, [2, 20], options);
      const spec = defineMask({ ratio: 0.5, replace: { value: 0.5, swap: 0.4, keep: 0.1 } });
      const table = spec.apply(
        Float32Array.from({ length: 48 }, (_, i) => i),
        [6, 8],
        { random: seededRandom(4) },
      );
      const drawn = [
        mask,
        patches.pixelMask,
        patches.visible,
        tokens.input,
        tokens.mask,
        table.input,
        table.mask,
      ];
      const digests = await Promise.all(drawn.map(async (tensor) => digest(await tensor.data())));
      expect(digests).toEqual([
        1704905685, 3112400325, 1731285749, 1459994837, 940708709, 3669932237, 1186602373,
      ]);
      tf.dispose([...drawn, patches.patchMask, tokens.target, table.target]);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('keeps what is not hidden out of loss and gradient, NaN too', async () => {
      const before = tf.memory().numTensors;
      const mask = sampleMask([3, 8], 0.5, seededRandom(1));
      const hidden = await mask.data();
      const at = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i));
      const run = async (stray: number) => {
        const target = tf.tensor2d(
          at.map((value, i) => (hidden[i] ? 1 - value : stray)),
          [3, 8],
        );
        const predicted = tf.tensor2d(at, [3, 8]);
        const results: number[][] = [];
        for (const kind of ['squared-error', 'absolute-error', 'binary-cross-entropy'] as const) {
          const { value, grad } = tf.valueAndGrad((x) => maskedLoss(x, target, mask, { kind }))(predicted);
          results.push([...(await value.data()), ...(await grad.data())]);
          tf.dispose([value, grad]);
        }
        tf.dispose([target, predicted]);
        return results;
      };
      const [plain, strange] = [await run(5), await run(Number.NaN)];
      expect(strange).toEqual(plain);
      const expected = at.reduce((sum, value, i) => (hidden[i] ? sum + (2 * value - 1) ** 2 : sum), 0) / 12;
      expect(plain[0]?.[0]).toBeCloseTo(expected, 5);
      expect(plain.flat().every(Number.isFinite)).toBe(true);
      mask.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    it('is 0 for a perfect guess and where nothing is asked, and hides NaN', async () => {
      const before = tf.memory().numTensors;
      const results = tf.tidy(() => {
        const mask = tf.tensor2d([1, 0, 0, 1], [2, 2], 'bool');
        const x = tf.tensor2d([Number.NaN, 1, 2, 3], [2, 2]);
        const seen = hideValues(x, mask, tf.tensor1d([7, 8]));
        const none = tf.tensor2d([0, 0, 0, 0], [2, 2], 'bool');
        return tf.concat([
          tf.reshape(seen, [4]),
          tf.stack([maskedLoss(seen, seen, mask), maskedLoss(x, seen, none)]),
        ]);
      });
      expect([...(await results.data())]).toEqual([7, 1, 2, 8, 0, 0]);
      results.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}

function digest(values: ArrayLike<number>): number {
  let hash = 2166136261;
  for (let i = 0; i < values.length; i++)
    hash = Math.imul(hash ^ Math.round(1000 * (values[i] as number)), 16777619);
  return hash >>> 0;
}
