import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { BatchNorm, freezeBatchNorm } from './batch-norm.js';
import { Conv2d } from './conv2d.js';
import { Embedding, tokenIds } from './embedding.js';
import { Flatten } from './flatten.js';
import {
  kaimingNormalFill,
  kaimingUniformFill,
  normalFill,
  truncatedNormalFill,
  xavierUniformFill,
} from './init.js';
import { LayerNorm } from './layer-norm.js';
import { Lstm } from './lstm.js';
import { pad2d } from './padding.js';
import { orthogonalProjection } from './performer.js';
import { adaptiveAveragePool2d, averagePool2d, maxPool2d } from './pooling.js';
import { Sequential } from './sequential.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = seededRandom(1);

describe('BatchNorm', () => {
  it('keeps its statistics when frozen, and follows the batch when not', async () => {
    const layer = new BatchNorm(2, { momentum: 0.5 });
    const x = tf.tensor2d([1, 10, 3, 14], [2, 2]);
    layer.freeze();
    expect([...(await layer.call(x, { training: true }).data())].map((v) => Math.round(v))).toEqual([
      1, 10, 3, 14,
    ]);
    expect([...(await layer.running_mean.variable.data())]).toEqual([0, 0]);
    layer.freeze(false).call(x, { training: true });
    expect([...(await layer.running_mean.variable.data())]).toEqual([1, 6]);
    expect([...(await layer.running_var.variable.data())]).toEqual([1.5, 4.5]); // ½ + ½ · unbiased variance
    expect([...(await layer.num_batches_tracked.variable.data())]).toEqual([1]);
    expect(() => layer.call(tf.zeros([1, 2]), { training: true })).toThrow(
      'BatchNorm: training needs more than 1 value per channel, got an input of [1,2]. ' +
        'Use larger batches, or freeze the layer.',
    );
    expect(() => layer.call(tf.zeros([2, 3]))).toThrow(
      'BatchNorm: the input must be [batch, ..., 2], got [2,3].',
    );
  });

  it('is found and frozen by path', () => {
    const model = new Sequential([new BatchNorm(1), new Sequential([new BatchNorm(1)])]);
    expect(freezeBatchNorm(model, { under: '1' })).toEqual(['1.0']);
    expect(freezeBatchNorm(model)).toEqual(['0', '1.0']);
    expect([...model.namedModules()].filter(([, m]) => m instanceof BatchNorm && m.frozen)).toHaveLength(2);
  });
});

describe('first values', () => {
  const moments = (fill: (values: Float32Array) => void) => {
    const values = new Float32Array(20_000);
    fill(values);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
    return { deviation, largest: Math.max(...values.map(Math.abs)) };
  };
  const shape = [20, 10, 5, 20]; // fan in 1000, fan out 2000

  it('have the published spread', () => {
    expect(moments(kaimingNormalFill({ shape, random, mode: 'fanOut' })).deviation).toBeCloseTo(
      Math.sqrt(2 / 2000),
      3,
    );
    const kaiming = moments(kaimingUniformFill({ shape, random }));
    expect(kaiming.largest).toBeLessThanOrEqual(Math.sqrt(6 / 1000));
    expect(kaiming.deviation).toBeCloseTo(Math.sqrt(2 / 1000), 3);
    expect(moments(xavierUniformFill({ shape, random })).deviation).toBeCloseTo(Math.sqrt(2 / 3000), 3);
    expect(moments(truncatedNormalFill(0.1, random)).largest).toBeLessThanOrEqual(0.2);
  });

  it('depend on the order of building, not of reading', () => {
    const build = () => [normalFill(0, 1, seededRandom(4)), normalFill(0, 1, seededRandom(5))] as const;
    const read = (fill: (values: Float32Array) => void) => {
      const values = new Float32Array(3);
      fill(values);
      return values;
    };
    const [a, b] = build();
    const [c, d] = build();
    const second = read(d);
    expect(read(c)).toEqual(read(a));
    expect(second).toEqual(read(b));
  });
});

describe('orthogonalProjection', () => {
  it('is orthogonal within each block', () => {
    const size = 8;
    const projection = orthogonalProjection(12, size, seededRandom(2));
    const row = (i: number) => projection.subarray(i * size, (i + 1) * size);
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < i; j++) expect(Math.abs(dot(row(i), row(j)))).toBeLessThan(1e-4);
    expect(Math.abs(dot(row(8), row(9)))).toBeLessThan(1e-4);
    expect(dot(row(0), row(0))).toBeGreaterThan(0.5);
  });
});

describe('Flatten', () => {
  it("keeps PyTorch's order: channels, rows, columns", async () => {
    const x = tf.tensor4d([1, 10, 2, 20, 3, 30, 4, 40], [1, 2, 2, 2]);
    expect([...(await new Flatten().call(x).data())]).toEqual([1, 2, 3, 4, 10, 20, 30, 40]);
  });
});

describe('Embedding', () => {
  it('teaches its padding nothing', async () => {
    const layer = new Embedding(4, 2, { random, paddingIndex: 0 });
    expect([...(await layer.weight.variable.data())].slice(0, 2)).toEqual([0, 0]);
    const tokens = tokenIds([[0, 2, 2]], { count: 4 });
    const { grads } = tf.variableGrads(() => tf.sum(layer.call(tokens)) as tf.Scalar);
    expect([...(await (grads[layer.weight.variable.name] as tf.Tensor).data())]).toEqual([
      0, 0, 0, 0, 2, 2, 0, 0,
    ]);
    expect(() => layer.call(tf.zeros([2]))).toThrow('Embedding: tokens must be int32, got float32.');
  });
});

describe('errors', () => {
  it('say what must hold', () => {
    expect(() => new Conv2d(3, 4, { window: 3, groups: 2, random })).toThrow(
      'Conv2d: groups must divide inChannels and outChannels, got 2 for 3 and 4.',
    );
    const layer = new Conv2d(3, 4, { window: 3, random });
    expect(() => layer.call(tf.zeros([1, 8, 8, 4]))).toThrow(
      'Conv2d: the input must be [batch, height, width, 3], got [1,8,8,4].',
    );
    expect(() => layer.call(tf.zeros([1, 2, 8, 3]))).toThrow(
      "Conv2d: the padded input must be at least the window's 3 × 3, got 2 × 8. Is the image too small for this network?",
    );
    expect(() =>
      new Conv2d(3, 4, { window: 3, stride: 2, padding: 'same', random }).call(tf.zeros([1, 8, 8, 3])),
    ).toThrow("Conv2d: padding 'same' needs stride 1, like PyTorch's.");
    expect(() =>
      pad2d(
        tf.zeros([1, 2, 2, 1]),
        [
          [2, 0],
          [0, 0],
        ],
        'reflect',
      ),
    ).toThrow('pad2d: reflect padding of an axis of 2 can add at most 1, got 2.');
    expect(() => maxPool2d(tf.zeros([1, 2, 2, 1]), { window: 3 })).toThrow(/^maxPool2d: the window must fit/);
    expect(() => averagePool2d(tf.zeros([2, 2]), { window: 1 })).toThrow(
      'averagePool2d: the input must be [batch, height, width, channels], got [2,2].',
    );
    expect(() => new LayerNorm(3).call(tf.zeros([2, 2]))).toThrow(
      'LayerNorm: the last axis must be 3 long, got [2,2].',
    );
    expect(() => new Lstm(2, 3, { random }).call({ x: tf.zeros([1, 4, 3]) })).toThrow(
      'Lstm: the input must be [batch, length, 2], got [1,4,3].',
    );
  });

  it('are not made of an adaptive pool that changes nothing', () => {
    expect(adaptiveAveragePool2d(tf.ones([1, 3, 2, 1]), [3, 2]).shape).toEqual([1, 3, 2, 1]);
  });
});
