import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  batchNormTraining,
  gelu,
  installKernels,
  layerNorm,
  linear,
  maskedMeanSquaredError,
  softmaxCrossEntropy,
} from '@warmstart/kernels';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from '../index.js';
import { translatedKernels } from './translators.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

const numbers = (shape: number[], seed = 1) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(seed + 1.3 * i)),
    shape,
  );
const seen = new Set<string>();

/** The largest difference between compiled and eager steps, and the kernels that the eager ones ran. */
async function differenceOf(shapes: number[][], loss: (x: tf.Tensor, ...weights: tf.Tensor[]) => tf.Tensor) {
  const variables = new Map(
    shapes.map((shape, i): [string, tf.Variable] => [`w${i}`, tf.tidy(() => tf.variable(numbers(shape, i)))]),
  );
  const scalarLoss = ({ x }: { x: tf.Tensor }) => tf.sum(loss(x, ...variables.values())) as tf.Scalar;
  let worst = Number.NaN;
  const step = await compileStep(scalarLoss, variables, (x: tf.Tensor) => ({ x }), {
    compile: 'always',
    threads: 1,
    tolerance: 1e-4,
    onEvent: (event) => {
      if (event.type === 'step-compile') worst = event.difference;
    },
  });
  for (let i = 0; i < 3; i++) {
    const x = numbers([4, 6], i + 5);
    const { loss: value, gradients } = await step.lossAndGradients(x);
    tf.dispose([x, value, ...gradients.values()]);
  }
  const { kernelNames } = await tf.profile(() => {
    const { value, grads } = tf.variableGrads(
      () => tf.tidy(() => scalarLoss({ x: numbers([4, 6]) })),
      [...variables.values()],
    );
    tf.dispose([value, grads]);
  });
  for (const name of kernelNames) seen.add(name);
  await step.dispose();
  return worst;
}

describe('translators of @warmstart/kernels', () => {
  it.each(['linear', 'relu', 'relu6'] as const)('linear with %s', async (activation) => {
    const run = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => tf.square(linear(x, w, b, activation));
    expect(await differenceOf([[3, 6], [3]], run as never)).toBeLessThan(1e-5);
  });

  it.each(['none', 'tanh'] as const)('GELU, approximated: %s', async (approximate) => {
    expect(await differenceOf([[6]], (x, w) => gelu(tf.mul(x, w as tf.Tensor), approximate))).toBeLessThan(
      1e-5,
    );
  });

  it('layer and batch normalisation', async () => {
    const layers = (x: tf.Tensor, w: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) =>
      tf.mul(layerNorm(tf.mul(x, w), gain, bias), x);
    expect(await differenceOf([[6], [6], [6]], layers as never)).toBeLessThan(1e-5);
    const batches = (x: tf.Tensor, w: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor) =>
      tf.mul(batchNormTraining(tf.add(x, tf.mul(w, tf.square(x))), gain, bias).output, x);
    expect(await differenceOf([[6], [6], [6]], batches as never)).toBeLessThan(1e-5);
  });

  it('cross-entropy and the masked error', async () => {
    const labels = tf.tensor1d([1, 0, 5, 2], 'int32');
    const mask = tf.tensor2d([1, 0, 1, 1, 0, 0], [1, 6]);
    const classes = (x: tf.Tensor, w: tf.Tensor) => softmaxCrossEntropy(tf.mul(x, w) as tf.Tensor2D, labels);
    expect(await differenceOf([[6]], classes as never)).toBeLessThan(1e-5);
    const error = (x: tf.Tensor, w: tf.Tensor) =>
      maskedMeanSquaredError(tf.mul(x, w), x, tf.tile(mask, [4, 1]));
    expect(await differenceOf([[6]], error as never)).toBeLessThan(1e-5);
  });

  it('were all run', () => {
    const ours = translatedKernels().filter((name) => name.startsWith('Warmstart'));
    expect(ours.filter((name) => !seen.has(name))).toEqual([]);
  });
});
