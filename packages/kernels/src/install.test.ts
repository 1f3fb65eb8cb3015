import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, test } from 'vitest';
import { installKernels } from './install.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await tf.ready();
});

test('a matMul of every transpose and a broadcast batch equals the sum written out', async () => {
  await installKernels(tf);
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const [m, k, n] = [13, 271, 19];
      const a = tf.randomUniform(transposeA ? [2, 1, k, m] : [2, 1, m, k], -1, 1, 'float32', 1);
      const b = tf.randomUniform(transposeB ? [3, n, k] : [3, k, n], -1, 1, 'float32', 2);
      const y = tf.matMul(a, b, transposeA, transposeB);
      expect(y.shape).toEqual([2, 3, m, n]);
      const left = transposeA ? tf.transpose(a, [0, 1, 3, 2]) : a;
      const right = transposeB ? tf.transpose(b, [0, 2, 1]) : b;
      const want = tf.sum(tf.mul(tf.expandDims(left, 4), tf.expandDims(right, 1)), 3);
      const [got, wanted] = [await y.data(), await want.data()];
      let worst = 0;
      got.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - (wanted[i] ?? Number.NaN)));
      });
      expect(worst).toBeLessThan(1e-4);
    }
  }
});
