import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emitGraph } from '../emit-graph.js';
import { NativeGraph } from '../native-graph.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../onnx-runtime.js';
import { record } from '../record.js';
import { tensorMemory } from '../tensor-memory.js';
import { translatedKernels } from './translators.js';

interface Values {
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  inputs: (Values & { whole: boolean })[];
  output: Values;
  weights: Values;
  gradients: (Values | null)[];
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL('../../fixtures/operations.json', import.meta.url), 'utf8'),
);

type T4 = tf.Tensor4D;
// biome-ignore lint/suspicious/noExplicitAny: the table holds operations of many ranks
type Operation = (...inputs: any[]) => tf.Tensor;
const image =
  (run: (x: T4, filter: T4) => tf.Tensor): Operation =>
  (x, filter) =>
    run(x as T4, filter as T4);

const dense =
  (activation: tf.fused.Activation): Operation =>
  (a, b, bias) =>
    tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.1, transposeA: false, transposeB: false });

const operations: Record<string, Operation> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  pow: tf.pow,
  squaredDifference: tf.squaredDifference,
  abs: tf.abs,
  neg: tf.neg,
  exp: tf.exp,
  sin: tf.sin,
  cos: tf.cos,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  erf: tf.erf,
  relu: tf.relu,
  square: tf.square,
  sign: tf.sign,
  floor: tf.floor,
  ceil: tf.ceil,
  log: tf.log,
  log1p: tf.log1p,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  reciprocal: tf.reciprocal,
  expm1: tf.expm1,
  softplus: tf.softplus,
  elu: tf.elu,
  relu6: tf.relu6,
  leakyRelu: (x) => tf.leakyRelu(x),
  clip: (x) => tf.clipByValue(x, -0.5, 0.7),
  where: (x, y, c) => tf.where(tf.greater(c as tf.Tensor, 0), x as tf.Tensor, tf.mul(y as tf.Tensor, 2)),
  gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))),
  sum: (x) => tf.sum(x, [0, 2]),
  mean: (x) => tf.mean(x, 1, true),
  max: (x) => tf.max(x, -1),
  min: (x) => tf.min(x, 0),
  prod: (x) => tf.prod(x, 1),
  cumsum: (x) => tf.cumsum(x, 1),
  softmax: (x) => tf.softmax(x, -1),
  logSoftmax: (x) => tf.logSoftmax(x, -1),
  matMul: (x, y) => tf.matMul(x, y),
  matMulTransposed: (x, y) => tf.matMul(x, y, true, true),
  matMulBatched: (x, y) => tf.matMul(x, y, false, true),
  matMulOneSided: (x, y) => tf.matMul(x, y, true, false),
  transpose: (x) => tf.transpose(x, [2, 0, 1]),
  reshape: (x) => tf.reshape(x, [4, 6]),
  concat: (x, y) => tf.concat([x, y], 1),
  stack: (x, y) => tf.stack([x, y], 1),
  unstack: (x) => {
    const parts = tf.unstack(x, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.mul(parts[0], parts[2]);
  },
  split: (x) => {
    const parts = tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor];
    return tf.mul(parts[0], parts[1]);
  },
  slice: (x) => tf.slice(x, [1, 1], [2, 2]),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 0], [4, 3], [2, 1]),
  reverse: (x) => tf.reverse(x, 1),
  pad: (x) =>
    tf.pad(x, [
      [0, 0],
      [2, 1],
    ]),
  mirrorPad: (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 2],
      ],
      'reflect',
    ),
  tile: (x) => tf.tile(x, [2, 3]),
  broadcastTo: (x) => tf.broadcastTo(x, [3, 4]),
  gather: (x, i) => tf.gather(x, i),
  gatherAxis: (x, i) => tf.gather(x, i, 1),
  gatherNd: (x, i) => tf.gatherND(x, i),
  oneHot: (i) => tf.oneHot(i, 5) as tf.Tensor,
  argMax: (x) => tf.argMax(x, 1),
  conv: image((x, w) => tf.conv2d(x, w, 1, 'same')),
  convValid: image((x, w) => tf.conv2d(x, w, 1, 'valid')),
  convStride: image((x, w) => tf.conv2d(x, w, 2, 'valid')),
  convPointwise: image((x, w) => tf.conv2d(x, w, 1, 'same')),
  convPointwiseStride: image((x, w) => tf.conv2d(x, w, 2, 'valid')),
  convLarge: image((x, w) => tf.conv2d(x, w, 2, 3)),
  depthwise: image((x, w) => tf.depthwiseConv2d(x, w, 1, 'same')),
  depthwiseStride: image((x, w) => tf.depthwiseConv2d(x, w, 2, 'valid')),
  depthwiseMultiplier: image((x, w) => tf.depthwiseConv2d(x, w, 1, 'valid')),
  maxPool: image((x) => tf.maxPool(x, 2, 2, 'valid')),
  maxPoolOverlapping: image((x) => tf.maxPool(x, 3, 2, 'valid')),
  maxPoolPadded: image((x) => tf.maxPool(x, 3, 1, 'same')),
  avgPool: image((x) => tf.avgPool(x, 2, 2, 'valid')),
  avgPoolOverlapping: image((x) => tf.avgPool(x, 3, 2, 'valid')),
  fusedMatMul: dense('relu'),
  fusedElu: dense('elu'),
  fusedSigmoid: dense('sigmoid'),
  fusedLeakyRelu: dense('leakyrelu'),
  fusedConv: (x, filter, bias) =>
    tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu6' }),
  fusedDepthwise: (x, filter, bias) =>
    tf.fused.depthwiseConv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' }),
  resizeNearest: image((x) => tf.image.resizeNearestNeighbor(x, [8, 10])),
  resizeBilinear: image((x) => tf.image.resizeBilinear(x, [8, 9], true)),
};
/** tfjs has no gradient for these; their values are tested. */
const valueOnly = new Set([
  'resizeBilinear',
  'resizeNearest',
  'fusedMatMul',
  'fusedElu',
  'fusedSigmoid',
  'fusedLeakyRelu',
  'fusedConv',
  'fusedDepthwise',
  'mirrorPad',
  'stridedSlice',
  'prod',
  'gatherNd',
  'oneHot',
  'argMax',
  'sign',
  'floor',
  'ceil',
]);

let runtime: OnnxRuntime;
const seen = new Set<string>();

beforeAll(async () => {
  await tf.setBackend('cpu');
  runtime = await loadOnnxRuntime();
});

/** Runs a program through a graph of its own, and returns the graph's outputs, not the program's. */
async function native(
  feeds: Map<string, tf.Tensor>,
  program: () => Map<string, tf.Tensor>,
  options: Parameters<typeof emitGraph>[1] = {},
) {
  const { recording, outputs } = record(feeds, program);
  for (const { kernel } of recording.calls) seen.add(kernel);
  const graph = await NativeGraph.load(emitGraph(recording, options), runtime, 1);
  const results = await graph.run(tensorMemory(), Object.fromEntries(feeds));
  await graph.release();
  tf.dispose([...outputs.values()]);
  return results;
}

function near(actual: tf.Tensor, expected: Values, what: string): void {
  expect(actual.shape, what).toEqual(expected.shape);
  const values = actual.dataSync();
  const scale = Math.max(1, ...expected.data.map(Math.abs));
  for (const [i, value] of expected.data.entries()) {
    expect(Math.abs((values[i] as number) - value), `${what} at ${i}`).toBeLessThan(2e-5 * scale);
  }
}

// convolutions in both ways that they are written
const inAllWays: (Case & { way: string; unfoldUpTo?: number })[] = cases.flatMap((one) =>
  /conv|depthwise/i.test(one.name)
    ? [
        { ...one, way: ', unfolded,' },
        { ...one, way: ', not unfolded,', unfoldUpTo: 0 },
      ]
    : [{ ...one, way: '' }],
);

describe('translators', () => {
  it.each(inAllWays)('$name$way has PyTorch’s values and gradients', async (given) => {
    const operation = operations[given.name] as Operation;
    const inputs = given.inputs.map(({ data, shape, whole }) =>
      tf.tensor(data, shape, whole ? 'int32' : 'float32'),
    );
    const weights = tf.tensor(given.weights.data, given.weights.shape);
    const learning = inputs.filter((_, i) => !given.inputs[i]?.whole);
    const withGradients = !valueOnly.has(given.name);
    const feeds = new Map([...inputs.entries()].map(([i, x]): [string, tf.Tensor] => [`x${i}`, x]));
    const results = await native(
      feeds,
      () => {
        const outputs = new Map<string, tf.Tensor>();
        if (withGradients) {
          const weighted = (...xs: tf.Tensor[]) => {
            let next = 0;
            const all = inputs.map((x, i) => (given.inputs[i]?.whole ? x : (xs[next++] as tf.Tensor)));
            return tf.sum(tf.mul(operation(...all), weights)) as tf.Scalar;
          };
          for (const [i, gradient] of tf.grads(weighted)(learning).entries())
            outputs.set(`gradient${i}`, gradient);
        }
        outputs.set(
          'y',
          tf.tidy(() => tf.cast(operation(...inputs), 'float32')),
        );
        return outputs;
      },
      { ...(given.unfoldUpTo !== undefined && { unfoldUpTo: given.unfoldUpTo }) },
    );
    near(results.get('y') as tf.Tensor, given.output, 'value');
    if (withGradients) {
      for (const [i, gradient] of given.gradients.entries()) {
        if (gradient) near(results.get(`gradient${i}`) as tf.Tensor, gradient, `gradient ${i}`);
      }
    }
    tf.dispose([...inputs, weights, ...results.values()]);
  });

  it.each([
    { name: 'large images', size: [17, 16], window: [3, 3], stride: 1, pad: 'same' },
    { name: 'large images, stride', size: [33, 34], window: [3, 3], stride: 2, pad: 'same' },
    { name: 'pixels left over', size: [8, 9], window: [3, 2], stride: 3, pad: 'valid' },
    { name: 'pixels left over by a point', size: [6, 8], window: [1, 1], stride: 3, pad: 'valid' },
    { name: 'a point with a margin', size: [4, 5], window: [1, 1], stride: 1, pad: 1 },
    { name: 'margins wider than the window reaches', size: [5, 4], window: [2, 2], stride: 2, pad: 2 },
  ] as const)('convolutions of $name agree with TensorFlow.js', async (given) => {
    const { size, window, stride, pad } = given;
    const x = tf.randomNormal<tf.Rank.R4>([2, ...size, 4], 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>([...window, 4, 3], 0, 1, 'float32', 2);
    const operations = [tf.conv2d, ...(pad === 2 ? [] : [tf.depthwiseConv2d])] as (typeof tf.conv2d)[];
    for (const operation of operations) {
      const run = (image: tf.Tensor4D, weights: tf.Tensor4D) =>
        operation(image, weights, stride, pad, 'NHWC', 1, pad === 1 || pad === 2 ? 'floor' : undefined);
      const gradients = () => {
        const outputs = tf.grads((image, weights) => tf.sum(tf.square(run(image as T4, weights as T4))))([
          x,
          filter,
        ]);
        return new Map([
          ['y', run(x, filter)],
          ['x gradient', outputs[0] as tf.Tensor],
          ['filter gradient', outputs[1] as tf.Tensor],
        ]);
      };
      const expected = gradients();
      for (const unfoldUpTo of [0, 2 ** 21]) {
        const feeds = new Map<string, tf.Tensor>([
          ['x', x],
          ['filter', filter],
        ]);
        const results = await native(feeds, gradients, { unfoldUpTo });
        for (const [name, tensor] of expected) {
          const values = { shape: tensor.shape, data: Array.from(tensor.dataSync()) };
          near(results.get(name) as tf.Tensor, values, `${name}, unfolded up to ${unfoldUpTo}`);
        }
        tf.dispose([...results.values()]);
      }
      tf.dispose([...expected.values()]);
    }
  });

  it('drops segments with negative ids, like TensorFlow.js', async () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const ids = tf.tensor1d([1, -1, 1], 'int32');
    const results = await native(
      new Map<string, tf.Tensor>([
        ['x', x],
        ['ids', ids],
      ]),
      () => new Map([['y', tf.unsortedSegmentSum(x, ids, 3)]]),
    );
    near(results.get('y') as tf.Tensor, { shape: [3, 2], data: [0, 0, 6, 8, 0, 0] }, 'sums');
  });

  it('keeps comparisons, logic and integers exact', async () => {
    const a = tf.tensor1d([1, 2, 3, -4], 'int32');
    const b = tf.tensor1d([2, 2, 1, -4], 'int32');
    const programs: Record<string, () => tf.Tensor> = {
      equal: () => tf.equal(a, b),
      notEqual: () => tf.notEqual(a, b),
      greater: () => tf.greater(a, b),
      greaterEqual: () => tf.greaterEqual(a, b),
      less: () => tf.less(a, b),
      lessEqual: () => tf.lessEqual(a, b),
      and: () => tf.logicalAnd(tf.greater(a, 1), tf.less(b, 2)),
      or: () => tf.logicalOr(tf.greater(a, 1), tf.less(b, 2)),
      not: () => tf.logicalNot(tf.greater(a, 1)),
      all: () => tf.all(tf.greater(a, -9)),
      any: () => tf.any(tf.greater(a, 9)),
      sum: () => tf.sum(a),
      add: () => tf.add(a, b),
      onesLike: () => tf.onesLike(a),
      fill: () => tf.fill([3], 7, 'int32'),
      argMin: () => tf.argMin(a),
      addN: () => tf.addN([tf.cast(a, 'float32'), tf.cast(b, 'float32')]),
      scatter: () => tf.scatterND(tf.tensor2d([[1], [3]], [2, 1], 'int32'), tf.tensor1d([5, 6]), [5]),
      expandDims: () => tf.expandDims(a, 1),
      round: () => tf.round(tf.div(tf.cast(a, 'float32'), 2)),
    };
    const expected = Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [name, Array.from(program().dataSync())]),
    );
    const feeds = new Map<string, tf.Tensor>([
      ['a', a],
      ['b', b],
    ]);
    const results = await native(
      feeds,
      () => new Map(Object.entries(programs).map(([name, program]) => [name, tf.tidy(program)])),
    );
    for (const [name, tensor] of results)
      expect([name, ...tensor.dataSync()]).toEqual([name, ...(expected[name] ?? [])]);
  });

  afterAll(() => {
    const untested = translatedKernels().filter(
      (kernel) => !seen.has(kernel) && !kernel.startsWith('Warmstart'), // those: fused-training.test.ts
    );
    expect(untested).toEqual([]);
  });
});
