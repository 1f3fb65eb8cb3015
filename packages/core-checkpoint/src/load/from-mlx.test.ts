import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layersModel } from '../layers/layers-model.js';
import { open } from '../open.js';
import { fromMlx } from './from-mlx.js';
import { loadStateDict } from './load-state-dict.js';
import { loadWeights } from './load-weights.js';

const folder = fileURLToPath(new URL('../../fixtures/mlx/', import.meta.url));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function pictures() {
  const { layers } = tf;
  return tf.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 6, 3], filters: 3, kernelSize: 3, name: 'stem' }),
      layers.conv2d({ filters: 4, kernelSize: 2, name: 'conv' }),
      layers.batchNormalization({ epsilon: 1e-5, name: 'norm' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2, name: 'fc' }),
    ],
  });
}

describe('fromMlx', () => {
  it.each(['pictures.npz', 'pictures.safetensors'])('gives the model MLX’s outputs: %s', async (name) => {
    const checkpoint = await open(folder + name);
    const dict = await checkpoint.stateDict();
    await checkpoint.close();
    const { x, shape, y } = JSON.parse(readFileSync(`${folder}pictures.json`, 'utf8')) as Record<
      string,
      number[]
    >;
    const conventions = [{ whose: "MLX's", reader: 'fromMlx(dict)', read: fromMlx }];
    for (const load of [
      (model: tf.LayersModel) => loadStateDict(layersModel(model, { names: 'pytorch' }), fromMlx(dict)),
      (model: tf.LayersModel) => loadWeights(layersModel(model, { names: 'pytorch' }), dict, { conventions }),
    ]) {
      const model = pictures();
      expect(String(await load(model))).toBe('<All keys matched successfully>');
      const input = tf.tensor(x as number[], shape as number[]);
      const output = model.predict(input) as tf.Tensor;
      const values = await output.data();
      const error = Math.max(
        ...(y as number[]).map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))),
      );
      expect(error).toBeLessThan(1e-5); // float32, sums in another order
      tf.dispose([input, output]);
      model.dispose();
    }
  });
});
