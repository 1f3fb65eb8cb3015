import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, test } from 'vitest';
import {
  batchNormTraining,
  gelu,
  installKernels,
  layerNorm,
  linear,
  maskedMeanSquaredError,
  softmaxCrossEntropy,
} from './index.js';

beforeAll(async () => {
  await installKernels(tf);
});

test.each(['cpu', 'wasm'])('fused functions leave only what they return: on %s', async (backend) => {
  await tf.setBackend(backend);
  const [x, weight, gain, labels] = [tf.ones([4, 3]), tf.ones([2, 3]), tf.ones([3]), tf.zeros([4], 'int32')];
  const left = (run: () => tf.TensorContainer): number => {
    const before = tf.memory().numTensors;
    tf.dispose(run());
    return tf.memory().numTensors - before;
  };
  expect({
    linear: left(() => linear(x, weight, undefined, 'relu')),
    linearGelu: left(() => linear(x, weight, undefined, 'gelu')),
    layerNorm: left(() => layerNorm(x, gain, gain)),
    gelu: left(() => gelu(x)),
    geluTanh: left(() => gelu(x, 'tanh')),
    softmaxCrossEntropy: left(() => softmaxCrossEntropy(x, labels)),
    maskedMeanSquaredError: left(() => maskedMeanSquaredError(x, x, x)),
    batchNormTraining: left(() => ({ ...batchNormTraining(x, gain, gain) })),
  }).toEqual({
    ...{ linear: 0, linearGelu: 0, layerNorm: 0, gelu: 0, geluTanh: 0 },
    ...{ softmaxCrossEntropy: 0, maskedMeanSquaredError: 0, batchNormTraining: 0 },
  });
});
