import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadStateDict } from '../load/load-state-dict.js';
import { stateDict } from '../load/state-dict.js';
import { layersModel } from './layers-model.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const build = () =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3 }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, name: 'head' }),
      tf.layers.dense({ units: 2 }),
    ],
  });

describe('layersModel', () => {
  it('names the weights of two models of one architecture alike', async () => {
    const [first, second] = [build(), build()];
    const keys = [...(await stateDict(layersModel(first))).keys()];
    expect(keys).toEqual([...(await stateDict(layersModel(second))).keys()]);
    expect(keys).toEqual([
      'conv2d.kernel',
      'conv2d.bias',
      'batch_normalization.gamma',
      'batch_normalization.beta',
      'batch_normalization.moving_mean',
      'batch_normalization.moving_variance',
      'head.kernel',
      'head.bias',
      'dense.kernel',
      'dense.bias',
    ]);
    first.dispose();
    second.dispose();
  });

  it("speaks PyTorch's names and shapes, and makes two models give the same outputs", async () => {
    const [first, second] = [build(), build()];
    const dict = await stateDict(layersModel(first, { names: 'pytorch' }));
    expect(dict.get('conv2d.weight')?.shape).toEqual([2, 1, 3, 3]);
    expect(dict.get('head.weight')?.shape).toEqual([3, 32]);
    expect(dict.get('batch_normalization.running_var')?.shape).toEqual([2]);
    expect(String(loadStateDict(layersModel(second, { names: 'pytorch' }), dict))).toBe(
      '<All keys matched successfully>',
    );
    const input = tf.ones([1, 6, 6, 1]);
    const [a, b] = [first.predict(input) as tf.Tensor, second.predict(input) as tf.Tensor];
    expect(await a.data()).toEqual(await b.data());
    tf.dispose([input, a, b]);
    first.dispose();
    second.dispose();
  });
});
