import * as tf from '@tensorflow/tfjs';
import {
  batchNormTraining,
  gelu,
  layerNorm,
  linear,
  maskedMeanSquaredError,
  softmaxCrossEntropy,
} from './index.js';

// biome-ignore lint/suspicious/noExplicitAny: tfjs types ranks that the fixture decides
type Case = (...inputs: any[]) => tf.Tensor;

const ids = (): tf.Tensor1D => tf.tensor1d([3, 0, 3, 1, 3], 'int32');
const places = (): tf.Tensor2D => tf.tensor2d([0, 4, 3, 1, 0, 4], [3, 2], 'int32');
const fusedMatMul =
  (activation: 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu'): Case =>
  (a, b, bias) =>
    tf.fused.matMul({ a, b, bias, transposeB: true, activation, leakyreluAlpha: 0.3 });
const resize =
  (size: [number, number], alignCorners = false, halfPixelCenters = false): Case =>
  (x) =>
    tf.image.resizeBilinear(x, size, alignCorners, halfPixelCenters);

/** The cases of fixtures/make_correctness.py, by name, in TensorFlow.js. */
export const cases: Record<string, Case> = {
  matMul: (a, b) => tf.matMul(a, b),
  'matMul transposeA': (a, b) => tf.matMul(a, b, true),
  'matMul transposeB': (a, b) => tf.matMul(a, b, false, true),
  'matMul transposeA transposeB': (a, b) => tf.matMul(a, b, true, true),
  'matMul batch': (a, b) => tf.matMul(a, b),
  'matMul batch transposeB': (a, b) => tf.matMul(a, b, false, true),
  'matMul broadcast batch': (a, b) => tf.matMul(a, b),
  'matMul rank 3 by rank 2': (a, b) => tf.matMul(a, b),
  'matMul rank 2 by rank 3 transposed': (a, b) => tf.matMul(a, b, true, true),
  'fused matMul linear': fusedMatMul('linear'),
  'fused matMul relu': fusedMatMul('relu'),
  'fused matMul relu6': fusedMatMul('relu6'),
  'fused matMul elu': fusedMatMul('elu'),
  'fused matMul sigmoid': fusedMatMul('sigmoid'),
  'fused matMul leakyrelu': fusedMatMul('leakyrelu'),
  'fused matMul batch': (a, b, bias) => tf.fused.matMul({ a, b, bias, activation: 'relu' }),
  dot: (a, b) => tf.dot(a, b),
  'einsum ij,jk->ik': (a, b) => tf.einsum('ij,jk->ik', a, b),
  'einsum bhqd,bhkd->bhqk': (a, b) => tf.einsum('bhqd,bhkd->bhqk', a, b),
  'einsum ijk->ji': (a) => tf.einsum('ijk->ji', a),
  'einsum ab,c->ac': (a, b) => tf.einsum('ab,c->ac', a, b),

  'conv2d same': (x, w) => tf.conv2d(x, w, 1, 'same'),
  'conv2d valid': (x, w) => tf.conv2d(x, w, 1, 'valid'),
  'conv2d same stride 2': (x, w) => tf.conv2d(x, w, 2, 'same'),
  'conv2d valid stride 2': (x, w) => tf.conv2d(x, w, 2, 'valid'),
  'conv2d 7x7 stride 2 pad 3': (x, w) => tf.conv2d(x, w, 2, 3, 'NHWC', 1, 'floor'),
  'conv2d 1x7': (x, w) => tf.conv2d(x, w, 1, 'same'),
  'conv2d 1x1': (x, w) => tf.conv2d(x, w, 1, 'same'),
  'conv2d 1x1 stride 2': (x, w) => tf.conv2d(x, w, 2, 'same'),
  'conv2d dilation 2': (x, w) => tf.conv2d(x, w, 1, 'same', 'NHWC', 2),
  'fused conv2d relu': (x, filter, bias) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }),
  'conv1d same': (x, w) => tf.conv1d(x, w, 1, 'same'),
  'conv2dTranspose stride 2': (x, w) => tf.conv2dTranspose(x, w, [2, 7, 9, 2], 2, 'valid'),
  'depthwiseConv2d same': (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  'depthwiseConv2d same stride 2': (x, w) => tf.depthwiseConv2d(x, w, 2, 'same'),
  'depthwiseConv2d valid 5x5': (x, w) => tf.depthwiseConv2d(x, w, 1, 'valid'),
  'depthwiseConv2d multiplier 2': (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  'depthwiseConv2d dilation 2': (x, w) => tf.depthwiseConv2d(x, w, 1, 'same', 'NHWC', 2),
  separableConv2d: (x, d, p) => tf.separableConv2d(x, d, p, 1, 'same'),
  'maxPool valid': (x) => tf.maxPool(x, 2, 2, 'valid'),
  'maxPool same overlapping': (x) => tf.maxPool(x, 3, 2, 'same'),
  'maxPool all negative': (x) => tf.maxPool(x, 3, 1, 'same'),
  'avgPool valid': (x) => tf.avgPool(x, 2, 2, 'valid'),
  'avgPool same': (x) => tf.avgPool(x, 3, 1, 'same'),
  'avgPool same stride 2': (x) => tf.avgPool(x, 3, 2, 'same'),
  resizeBilinear: resize([5, 7]),
  'resizeBilinear alignCorners': resize([5, 7], true),
  'resizeBilinear halfPixelCenters': resize([5, 7], false, true),
  'resizeBilinear halfPixelCenters smaller': resize([3, 4], false, true),
  resizeNearestNeighbor: (x) => tf.image.resizeNearestNeighbor(x, [6, 8]),

  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  squaredDifference: tf.squaredDifference,
  maximum: tf.maximum,
  minimum: tf.minimum,
  'squaredDifference first broadcast': tf.squaredDifference,
  pow: tf.pow,
  'where by a mask of x': (x) => tf.where(tf.greater(x, 0.2), tf.mul(x, x), tf.neg(x)),
  'multiplied by a mask of x': (x) => tf.mul(tf.mul(tf.cast(tf.greater(x, 0), 'float32'), x), 3),
  addN: (...all) => tf.addN(all),

  abs: tf.abs,
  neg: tf.neg,
  square: tf.square,
  exp: tf.exp,
  expm1: tf.expm1,
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  erf: tf.erf,
  softplus: tf.softplus,
  sin: tf.sin,
  cos: tf.cos,
  atan: tf.atan,
  leakyRelu: (x) => tf.leakyRelu(x, 0.2),
  clipByValue: (x) => tf.clipByValue(x, -1, 2),
  softmax: (x) => tf.softmax(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))),
  'gelu tanh': (x) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.pow(x, 3))));
    return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
  },
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  log: tf.log,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  prelu: tf.prelu,

  'sum all': (x) => tf.sum(x),
  'sum first': (x) => tf.sum(x, 0),
  'sum last': (x) => tf.sum(x, -1),
  'sum middle': (x) => tf.sum(x, 1),
  'sum outer two keepDims': (x) => tf.sum(x, [0, 1], true),
  'sum apart': (x) => tf.sum(x, [0, 2]),
  mean: (x) => tf.mean(x, [0, 1]),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 1),
  prod: (x) => tf.prod(x, 1),
  norm: (x) => tf.norm(x),
  'cumsum last': (x) => tf.cumsum(x, 2),
  'cumsum first': (x) => tf.cumsum(x, 0),
  'cumsum reverse': (x) => tf.cumsum(x, 1, false, true),
  'cumsum exclusive reverse': (x) => tf.cumsum(x, 0, true, true),

  'gather rows': (x) => tf.gather(x, ids()),
  'gather columns': (x) => tf.gather(x, ids(), 1),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, ids(), 4),
  gatherND: (x) => tf.gatherND(x, places()),
  scatterND: (x) => tf.scatterND(places(), x, [4, 5, 2]),
  tensorScatterUpdate: (x, u) => tf.tensorScatterUpdate(x, tf.tensor2d([2, 0], [2, 1], 'int32'), u),
  flipLeftRight: (x) => tf.image.flipLeftRight(x),
  topk: (x) => tf.topk(x, 3).values,
  concat: (a, b) => tf.concat([a, b], 1),
  split: (x) => {
    const [first, second] = tf.split(x, 3, 1) as [tf.Tensor, tf.Tensor];
    return tf.add(tf.mul(second, 2), first);
  },
  stack: (a, b) => tf.stack([a, b], 1),
  unstack: (x) => {
    const [, second, third] = tf.unstack(x) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.mul(second, third);
  },
  slice: (x) => tf.slice(x, [1, 0, 1], [2, 5, 2]),
  stridedSlice: (x) => tf.stridedSlice(x, [1, 0], [6, 8], [2, 3]),
  'stridedSlice backwards': (x) => tf.stridedSlice(x, [5, 2], [0, 5], [-2, 1]),
  'stridedSlice shrinking': (x) => tf.stridedSlice(x, [2, 1, 0], [3, 4, 3], [1, 1, 1], 0, 0, 0, 0, 1),
  pad: (x) =>
    tf.pad(x, [
      [1, 0],
      [2, 1],
    ]),
  'mirrorPad reflect': (x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [0, 0],
        [2, 1],
      ],
      'reflect',
    ),
  tile: (x) => tf.tile(x, [3, 2]),
  'tile rank 5': (x) => tf.tile(x, [1, 4, 2, 3, 1]),
  broadcastTo: (x) => tf.broadcastTo(x, [2, 3, 4]),
  'transpose rank 5': (x) => tf.transpose(x, [3, 0, 4, 2, 1]),
  'transpose reversed axes': (x) => tf.transpose(x, [2, 1, 0]),
  'transpose matrix': (x) => tf.transpose(x),
  reverse: (x) => tf.reverse(x, [0, 1]),
  depthToSpace: (x) => tf.depthToSpace(x, 2, 'NHWC'),
  spaceToBatchND: (x) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),

  'batchNorm with given statistics': (x, mean, variance, bias, gain) =>
    tf.batchNorm(x, mean, variance, bias, gain, 1e-3),
  'linear relu': (x, w, b) => linear(x, w, b, 'relu'),
  'linear relu6': (x, w, b) => linear(x, tf.mul(4, w), tf.mul(4, b), 'relu6'),
  'linear gelu': (x, w, b) => linear(x, w, b, 'gelu'),
  'linear without bias': (x, w) => linear(x, w),
  layerNorm: (x, g, b) => layerNorm(x, g, b),
  'fused gelu': (x) => gelu(x),
  'fused gelu tanh': (x) => gelu(x, 'tanh'),
  batchNormTraining: (x, g, b) => batchNormTraining(x, g, b).output,
  softmaxCrossEntropy: (x) => softmaxCrossEntropy(x, tf.tensor1d([6, 0, 2, 2, 5], 'int32')),
  maskedMeanSquaredError: (p, t) =>
    maskedMeanSquaredError(
      p,
      t,
      tf.tensor2d([
        [1, 0, 1, 0, 1],
        [0, 0, 1, 1, 0],
      ]),
    ),
};
