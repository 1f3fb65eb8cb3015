import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import * as h5wasm from 'h5wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hdf5Module } from '../hdf5/module.js';
import { loadStateDict } from '../load/load-state-dict.js';
import { open } from '../open.js';
import { layersModel } from './layers-model.js';

const folder = fileURLToPath(new URL('../../fixtures/keras/', import.meta.url));
const hdf5 = h5wasm as unknown as Hdf5Module; // the part of it that is used
const { layers } = tf;
const sigmoid = { recurrentActivation: 'sigmoid' } as const;

// the models of fixtures/make_keras.py; `given` are the names that they give to layers
const builders: Record<string, (given: boolean) => tf.LayersModel> = {
  pictures: (given) =>
    tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, ...(given && { name: 'stem' }) }),
        layers.batchNormalization(),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
        layers.separableConv2d({ filters: 6, kernelSize: 3 }),
        layers.conv2dTranspose({ filters: 4, kernelSize: 3 }),
        layers.prelu({ sharedAxes: [1, 2] }),
        layers.conv2d({ filters: 4, kernelSize: 3 }),
        layers.flatten(),
        layers.dense({ units: 5 }),
        layers.dropout({ rate: 0.1 }),
        layers.dense({ units: 5 }),
        layers.dense({ units: 2, ...(given && { name: 'head' }) }),
      ],
    }),
  sequences: () =>
    tf.sequential({
      layers: [
        layers.embedding({ inputDim: 11, outputDim: 6, inputLength: 5 }),
        layers.bidirectional({
          layer: layers.lstm({ units: 4, returnSequences: true, ...sigmoid }) as tf.RNN,
          mergeMode: 'concat',
        }),
        layers.timeDistributed({ layer: layers.dense({ units: 6 }) }),
        layers.layerNormalization(),
        layers.gru({ units: 4, returnSequences: true, ...sigmoid }),
        layers.rnn({
          cell: [layers.lstmCell({ units: 4, ...sigmoid }), layers.lstmCell({ units: 3, ...sigmoid })],
          returnSequences: true,
        } as unknown as Parameters<typeof layers.rnn>[0]), // a list of cells is taken, and not declared
        layers.lstm({ units: 5, returnSequences: true, ...sigmoid }),
        layers.lstm({ units: 5, returnSequences: true, ...sigmoid }),
        layers.simpleRNN({ units: 4 }),
        layers.dense({ units: 3 }),
      ],
    }),
  branches: (given) => {
    const base = tf.sequential({
      ...(given && { name: 'base' }),
      layers: [
        layers.dense({ inputShape: [6], units: 4, ...(given && { name: 'inner' }) }),
        layers.dense({ units: 4 }),
      ],
    });
    const ends = tf.input({ shape: [6] });
    const wide = layers.dense({ units: 4 }).apply(ends);
    const both = [base.apply(ends), layers.batchNormalization().apply(wide)] as tf.SymbolicTensor[];
    const outputs = layers.dense({ units: 2 }).apply(layers.concatenate().apply(both));
    return tf.model({ inputs: ends, outputs: outputs as tf.SymbolicTensor });
  },
};

const cases = Object.keys(builders)
  .flatMap((name) =>
    ['weights.h5', 'keras', 'h5'].flatMap((extension) =>
      [true, false].map((given) => [name, extension, given] as const),
    ),
  )
  // two of its layers differ in nothing but the name that was given to one of them
  .filter(([name, extension, given]) => name !== 'branches' || extension !== 'h5' || given);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('a file that Keras wrote', () => {
  // Keras computes in float32 by PyTorch: sums in another order
  it.each(cases)(
    'gives the model Keras’ predictions: %s.%s, names given: %s',
    async (name, extension, given) => {
      const model = (builders[name] as (given: boolean) => tf.LayersModel)(given);
      const checkpoint = await open(`${folder}${name}.${extension}`, { hdf5 });
      const report = loadStateDict(layersModel(model), await checkpoint.stateDict());
      await checkpoint.close();
      expect(String(report)).toBe('<All keys matched successfully>');
      expect(report.notes[0]).toMatch(/^the file has .*Keras.* names/);
      const { x, shape, y } = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Record<
        string,
        number[]
      >;
      const input = tf.tensor(x as number[], shape as number[]);
      const output = model.predict(input) as tf.Tensor;
      const values = await output.data();
      const error = Math.max(
        ...(y as number[]).map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))),
      );
      expect(error).toBeLessThan(2e-5);
      tf.dispose([input, output]);
      model.dispose();
    },
  );

  it('is refused where a layer could be either of two', async () => {
    const model = (builders.branches as (given: boolean) => tf.LayersModel)(false);
    const checkpoint = await open(`${folder}branches.h5`, { hdf5 });
    const dict = await checkpoint.stateDict();
    await checkpoint.close();
    expect(() => loadStateDict(layersModel(model), dict)).toThrow(
      'missing from the checkpoint (4): dense.kernel, dense.bias, sequential.dense.kernel, sequential.dense.bias',
    );
    model.dispose();
  });
});
