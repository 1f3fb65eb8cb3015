import * as tf from '@tensorflow/tfjs';
import { linearHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeEncoder } from './encoder.js';
import { type EncoderKind, encoderFeatures, makeRebuilder } from './rebuilder.js';
import { RootHead } from './root-head.js';
import type { Table } from './table.js';

let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

/** Rows of 16 pixels or of 4 letters of 4 kinds, in groups of 4. */
function table(encoder: EncoderKind): Table {
  const part = { features: new Float32Array(0), labels: new Int32Array(0), rowCount: 0 };
  return {
    name: 'toy',
    width: 16,
    classCount: 2,
    encoder,
    groups: [0, 4, 8, 12].map((first) => [0, 1, 2, 3].map((i) => first + i)),
    maskRatio: 0.5,
    rebuild: 'squared-error',
    train: part,
    validation: part,
    test: part,
  };
}

describe('makeRebuilder', () => {
  it.each(['mlp', 'conv', 'transformer'] as const)('rebuilds rows, all of it learning: %s', async (kind) => {
    const model = makeRebuilder(table(kind), 3);
    const x = tf.tensor2d(
      Array.from({ length: 48 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
      [3, 16],
    );
    const features = model.encoder.call(x);
    expect(features.shape).toEqual([3, encoderFeatures(table(kind))]);
    const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(tf.sub(model.call(x), x))));
    expect(Number.isFinite((await value.data())[0])).toBe(true);
    for (const { path, variable } of model.namedVariables()) {
      const largest = tf.tidy(() => tf.max(tf.abs(grads[variable.name] as tf.Tensor)));
      expect([path, ((await largest.data())[0] as number) > 0]).toEqual([path, true]);
      largest.dispose();
    }
    tf.dispose([x, features, value, grads]);
    model.dispose();
  });

  it('tells a hidden letter from every other', async () => {
    const encoder = makeEncoder(table('transformer'), 0);
    const row = (first: number[]) => [...first, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0];
    const x = tf.tensor2d(
      [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
      ].map(row),
    );
    const features = encoder.call(x);
    const rows = (await features.array()) as number[][];
    expect(new Set(rows.map(String)).size).toBe(3);
    tf.dispose([x, features]);
    encoder.dispose();
  });
});

describe('RootHead', () => {
  it('reads roots, and its gradient is finite where a feature is 0', async () => {
    const linear = linearHead(2, 1, { random: seededRandom(0, 'head') });
    const ones = tf.ones([1, 2]);
    linear.weight.variable.assign(ones);
    const head = new RootHead(linear);
    const at = tf.tensor2d([[0, 9]]);
    const { value, grad } = tf.valueAndGrad((x) => tf.sum(head.call(x)))(at);
    expect((await value.data())[0]).toBeCloseTo(3.01, 3);
    const [atZero = 0, atNine = 0] = await grad.data();
    expect(atZero).toBeCloseTo(50, 2);
    expect(atNine).toBeCloseTo(1 / 6, 4);
    tf.dispose([value, grad, at, ones]);
    head.dispose();
  });
});
