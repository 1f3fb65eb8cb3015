import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import fixture from '../fixtures/correctness.json' with { type: 'json' };
import { cases } from './correctness-cases.js';

interface Values {
  shape: number[];
  values: number[];
}

/** WGSL promises sin and cos to 2⁻¹¹ only. */
const LOOSE_ON_WEBGPU: Readonly<Record<string, number>> = { sin: 2 ** -11, cos: 2 ** -11 };

/** Every op that training uses, value and gradient, against float64 PyTorch, on the backend in use. */
export function correctnessSuite(backend: string, tolerance: number): void {
  describe(`against PyTorch on ${backend}`, () => {
    let tensorsBefore = 0;
    beforeEach(async () => {
      await tf.setBackend(backend);
      expect(tf.getBackend()).toBe(backend);
      tf.engine().startScope();
      tensorsBefore = tf.memory().numTensors;
    });
    afterEach(() => {
      tf.engine().endScope();
      expect(tf.memory().numTensors).toBe(tensorsBefore);
    });

    test('the fixture and the table name the same cases', () => {
      expect(Object.keys(cases)).toEqual(fixture.map(({ name }) => name));
    });

    test.each(fixture.map((entry) => [entry.name, entry] as const))('%s', async (name, entry) => {
      const allowed = (backend === 'webgpu' && LOOSE_ON_WEBGPU[name]) || tolerance;
      const run = cases[name] as (...inputs: tf.Tensor[]) => tf.Tensor;
      const inputs = entry.inputs.map(({ shape, values }) => tf.tensor(values, shape));
      const weights = tf.tensor(entry.weights.values, entry.weights.shape);
      const value = tf.tidy(() => run(...inputs));
      await expectClose(value, entry.value, allowed);
      const gradients = tf.grads((...x: tf.Tensor[]) => tf.sum(tf.mul(run(...x), weights)))(inputs);
      for (const [i, gradient] of gradients.entries()) {
        await expectClose(gradient, entry.gradients[i] as Values, allowed);
      }
    });
  });
}

async function expectClose(got: tf.Tensor, want: Values, tolerance: number): Promise<void> {
  expect(got.shape).toEqual(want.shape);
  const values = await got.data();
  want.values.forEach((wanted, i) => {
    const difference = Math.abs((values[i] ?? Number.NaN) - wanted);
    if (!(difference <= tolerance * (1 + Math.abs(wanted)))) {
      throw new Error(`value ${i} must be ${wanted} within ${tolerance}, got ${values[i]}`);
    }
  });
}
