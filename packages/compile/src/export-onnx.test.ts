import * as tf from '@tensorflow/tfjs';
import {
  BatchNorm,
  Conv2d,
  Embedding,
  Flatten,
  Linear,
  Lstm,
  MaxPool2d,
  TransformerBlock,
} from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from './index.js';
import { loadOnnxRuntime } from './onnx-runtime.js';
import type { TensorValues } from './recording.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = seededRandom(3, 'export');

/** The file's outputs for a batch, and the model's own. */
async function runFile(bytes: Uint8Array, name: string, x: tf.Tensor, outShape: number[]) {
  const runtime = await loadOnnxRuntime();
  const session = await runtime.InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const y = new Float32Array(outShape.reduce((a, b) => a * b, 1));
  const fed = { [name]: new runtime.Tensor(x.dtype, x.dataSync() as TensorValues, x.shape) };
  await session.run(fed, { output: new runtime.Tensor('float32', y, outShape) });
  await session.release();
  return y;
}

async function agrees(model: (x: tf.Tensor) => tf.Tensor, make: (batch: number) => tf.Tensor) {
  const example = make(1);
  const bytes = await exportOnnx(({ x }) => model(x as tf.Tensor), { x: example });
  for (const batch of [1, 2, 5]) {
    const x = make(batch);
    const expected = tf.tidy(() => model(x));
    const y = await runFile(bytes, 'x', x, expected.shape);
    const values = expected.dataSync();
    for (const [i, value] of values.entries()) expect(Math.abs((y[i] as number) - value)).toBeLessThan(1e-4);
    tf.dispose([x, expected]);
  }
  example.dispose();
}

const numbers = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.3 * i) / 2),
    shape,
  );

describe('exportOnnx', () => {
  it('gives a file with an open batch: convolutions, batch norm, pooling', async () => {
    const conv = new Conv2d(3, 4, { window: 3, padding: 1, random });
    const norm = new BatchNorm(4);
    const pool = new MaxPool2d({ window: 2 });
    const head = new Linear(4 * 3 * 3, 2, { random });
    const model = (x: tf.Tensor) =>
      head.call(new Flatten().call(pool.call(tf.relu(norm.call(conv.call(x))))));
    await agrees(model, (batch) => numbers(batch, 6, 6, 3));
  });

  it('keeps the batch open through attention', async () => {
    const block = new TransformerBlock({ features: 8, headCount: 2, random, activation: 'gelu' });
    await agrees(
      (x) => block.call({ x, causal: true }),
      (batch) => numbers(batch, 5, 8),
    );
  });

  it('keeps the batch open through embeddings and recurrence', async () => {
    const embedding = new Embedding(11, 6, { random });
    const lstm = new Lstm(6, 5, { random, projection: 4, bidirectional: true });
    const make = (batch: number) =>
      tf.tensor(
        Int32Array.from({ length: 3 * batch }, (_, i) => (7 * i) % 11),
        [batch, 3],
        'int32',
      );
    await agrees((x) => lstm.call({ x: embedding.call(x) }).outputs, make);
  });

  it('takes a module, leaves no tensor behind and names its errors', async () => {
    const linear = new Linear(3, 2, { random });
    const x = numbers(2, 3);
    const before = tf.memory().numTensors;
    expect((await exportOnnx(linear, { x })).length).toBeGreaterThan(50);
    expect(tf.memory().numTensors).toBe(before);
    await expect(exportOnnx(linear, {})).rejects.toThrow(
      'exportOnnx: inputs must hold at least one tensor, got none.',
    );
    await expect(exportOnnx(linear, { x, y: x })).rejects.toThrow(
      'a model with call takes one input, got x, y',
    );
    await expect(exportOnnx(linear, { x: tf.scalar(1) })).rejects.toThrow(
      'input x must be [examples, ...], got [].',
    );
    await expect(exportOnnx(linear, x as never)).rejects.toThrow('Write { x: tensor }.');
    await expect(exportOnnx({} as never, { x })).rejects.toThrow('exportOnnx: model must have call(x)');
    const largest = ({ x: given }: Record<string, tf.Tensor>) => tf.topk(given as tf.Tensor, 2).values;
    await expect(exportOnnx(largest, { x })).rejects.toThrow(
      /^exportOnnx: every kernel .* got kernel TopK.* pass the result as an input\.$/,
    );
    const norm = new BatchNorm(3);
    const train = ({ x: given }: Record<string, tf.Tensor>) =>
      norm.call(given as tf.Tensor, { training: true });
    await expect(exportOnnx(train, { x })).rejects.toThrow('must not write to its variables, but it wrote 3');
    const mixing = ({ x: given }: Record<string, tf.Tensor>) =>
      tf.mul(given as tf.Tensor, (given as tf.Tensor).shape[0] as number);
    await expect(exportOnnx(mixing, { x })).rejects.toThrow(
      /must not follow the batch size.*made at .*export-onnx.test.ts/,
    );
  });
});
