import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadStateDict } from '../load/load-state-dict.js';
import { stateDict } from '../load/state-dict.js';
import { open } from '../open.js';
import { layersModel } from './layers-model.js';

const folder = fileURLToPath(new URL('../../fixtures/pytorch-layers/', import.meta.url));
const { layers } = tf;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// the modules of fixtures/make_pytorch_layers.py, under its names; channels come last here
const builders: Record<string, () => tf.LayersModel> = {
  pictures: () =>
    tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, name: 'stem' }),
        layers.batchNormalization({ epsilon: 1e-5, name: 'norm' }),
        layers.prelu({ sharedAxes: [1, 2], name: 'slope' }),
        layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, name: 'dw' }),
        layers.separableConv2d({ filters: 6, kernelSize: 2, name: 'separable' }),
        layers.conv2dTranspose({ filters: 5, kernelSize: 2, name: 'up' }),
        layers.flatten(),
        layers.batchNormalization({ epsilon: 1e-5, name: 'flat_norm' }),
        layers.dense({ units: 4, activation: 'tanh', name: 'fc1' }),
        layers.dense({ units: 2, name: 'fc2' }),
      ],
    }),
  volumes: () =>
    tf.sequential({
      layers: [
        layers.conv3d({ inputShape: [4, 5, 6, 2], filters: 3, kernelSize: 2, name: 'conv' }),
        layers.conv3dTranspose({ filters: 2, kernelSize: 2, name: 'up' }),
        layers.flatten(),
        layers.dense({ units: 3, name: 'fc' }),
      ],
    }),
  signals: () =>
    tf.sequential({
      layers: [
        layers.conv1d({ inputShape: [9, 2], filters: 4, kernelSize: 3, name: 'conv' }),
        layers.maxPooling1d({ poolSize: 2, strides: 2 }),
        layers.flatten(),
        layers.dense({ units: 3, name: 'fc' }),
      ],
    }),
  sequences: () => {
    const cell = (units: number) => layers.lstmCell({ units, recurrentActivation: 'sigmoid' });
    return tf.sequential({
      layers: [
        layers.embedding({ inputDim: 11, outputDim: 6, inputLength: 5, name: 'words' }),
        layers.bidirectional({
          layer: layers.lstm({
            units: 4,
            recurrentActivation: 'sigmoid',
            returnSequences: true,
          }) as tf.RNN,
          mergeMode: 'concat',
          name: 'both',
        } as Parameters<typeof layers.bidirectional>[0]),
        layers.timeDistributed({ layer: layers.dense({ units: 6 }), name: 'each' } as Parameters<
          typeof layers.timeDistributed
        >[0]),
        layers.layerNormalization({ epsilon: 1e-5, name: 'norm' }),
        layers.rnn({
          cell: [cell(4), cell(4)],
          returnSequences: true,
          name: 'stacked',
        } as unknown as Parameters<typeof layers.rnn>[0]), // a list of cells is taken, and not declared
        layers.simpleRNN({ units: 4, returnSequences: true, name: 'simple' }),
        layers.flatten(),
        layers.dense({ units: 3, name: 'fc' }),
      ],
    });
  },
};

describe("layersModel(model, { names: 'pytorch' })", () => {
  it.each(Object.keys(builders))(
    'takes PyTorch’s own file, and gives PyTorch’s outputs: %s',
    async (name) => {
      const model = (builders[name] as () => tf.LayersModel)();
      const named = layersModel(model, { names: 'pytorch' });
      const checkpoint = await open(`${folder}${name}.pt`);
      const dict = await checkpoint.stateDict();
      await checkpoint.close();
      expect(String(loadStateDict(named, dict))).toBe('<All keys matched successfully>');
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
      const largest = Math.max(...(y as number[]).map(Math.abs));
      expect(error / largest).toBeLessThan(1e-5); // float32, sums in another order
      // and what is written is what PyTorch wrote, but for counters, and for two biases that are one here
      const written = await stateDict(named);
      for (const [key, tensor] of dict) {
        if (key.endsWith('num_batches_tracked') || /bias_[ih]h_/.test(key)) continue;
        expect([key, written.get(key)]).toEqual([key, tensor]);
      }
      const biases = [...dict.keys()].filter((key) => /bias_[ih]h_/.test(key));
      expect(biases.every((key) => written.get(key)?.data.length === dict.get(key)?.data.length)).toBe(true);
      tf.dispose([input, output]);
      model.dispose();
    },
  );

  const refusals: [string, () => tf.layers.Layer, string][] = [
    ['a GRU', () => layers.gru({ units: 2, inputShape: [3, 2] }), 'applies its reset gate before'],
    ['an LSTM of hard sigmoids', () => layers.lstm({ units: 2, inputShape: [3, 2] }), 'these hardSigmoid'],
    [
      'an LSTM of other activations',
      () => layers.lstm({ units: 2, inputShape: [3, 2], recurrentActivation: 'sigmoid', activation: 'relu' }),
      'has tanh for its activation, this one relu',
    ],
    [
      'ConvLSTM2D',
      () => layers.convLstm2d({ filters: 2, kernelSize: 2, inputShape: [3, 5, 5, 1] }) as tf.layers.Layer,
      'PyTorch has no equal of ConvLSTM2DCell',
    ],
    [
      'a batch norm with half of its parameters',
      () => layers.batchNormalization({ inputShape: [3], scale: false }),
      'has both a scale and a shift, or neither',
    ],
    [
      'a PReLU of many slopes',
      () => layers.prelu({ inputShape: [4, 4, 3] }),
      'this one [4,4,3]. Set sharedAxes',
    ],
  ];

  it.each(refusals)('refuses %s, by name', (_, make, message) => {
    const model = tf.sequential({ layers: [make()] });
    expect(() => [...layersModel(model, { names: 'pytorch' }).namedVariables()]).toThrow(message);
    expect([...layersModel(model).namedVariables()].length).toBeGreaterThan(0);
    model.dispose();
  });

  it('refuses features that are reshaped into channels, and flattened ones mixed with others', () => {
    const generator = tf.sequential({
      layers: [
        layers.dense({ inputShape: [3], units: 12 }),
        layers.reshape({ targetShape: [2, 2, 3] }),
        layers.conv2d({ filters: 1, kernelSize: 1 }),
      ],
    });
    expect(() => [...layersModel(generator, { names: 'pytorch' }).namedVariables()]).toThrow(
      'its features are reshaped into channels last',
    );
    const [picture, numbers] = [tf.input({ shape: [4, 4, 3] }), tf.input({ shape: [2] })];
    const flat = layers.flatten().apply(picture) as tf.SymbolicTensor;
    const mixed = layers.concatenate().apply([flat, numbers]) as tf.SymbolicTensor;
    const two = tf.model({
      inputs: [picture, numbers],
      outputs: layers.dense({ units: 2 }).apply(mixed) as tf.SymbolicTensor,
    });
    expect(() => [...layersModel(two, { names: 'pytorch' }).namedVariables()]).toThrow(
      'takes flattened features mixed with others',
    );
  });
});
