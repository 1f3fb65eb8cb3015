import * as tf from '@tensorflow/tfjs';
import { meanSquaredError } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { autoencoder } from './autoencoder.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('autoencoder', () => {
  it('has two halves with paths of their own', () => {
    const model = autoencoder({ inFeatures: 5, hidden: [4, 3], random: seededRandom(1) });
    expect([...model.namedVariables()].map(({ path, variable }) => [path, variable.shape])).toEqual([
      ['encoder.fc1.weight', [4, 5]],
      ['encoder.fc1.bias', [4]],
      ['encoder.fc2.weight', [3, 4]],
      ['encoder.fc2.bias', [3]],
      ['decoder.fc1.weight', [4, 3]],
      ['decoder.fc1.bias', [4]],
      ['decoder.fc2.weight', [5, 4]],
      ['decoder.fc2.bias', [5]],
    ]);
    expect([...model.encoder.namedVariables()].map(({ path }) => path)).toContain('fc2.bias');
    expect(model.encoder.outFeatures).toBe(3);
    expect(model.config).toEqual({ inFeatures: 5, hidden: [4, 3], activation: 'relu' });
    expect(autoencoder({ ...model.config, random: seededRandom(1) }).config).toEqual(model.config);
    model.dispose();
  });

  it('learns to rebuild its input', async () => {
    const model = autoencoder({ inFeatures: 4, hidden: [8, 3], activation: 'tanh', random: seededRandom(2) });
    const x = tf.tensor2d([
      [1, 0, 0, 1],
      [0, 1, 1, 0],
      [1, 1, 0, 0],
    ]);
    const optimizer = tf.train.adam(0.02, 0.9, 0.999, 1e-7);
    const loss = () => meanSquaredError(model.call(x), x);
    const first = (await loss().data())[0] as number;
    for (let step = 0; step < 200; step++) optimizer.minimize(loss);
    expect((await loss().data())[0]).toBeLessThan(first / 50);
    model.dispose();
  });

  it('refuses no layers', () => {
    expect(() => autoencoder({ inFeatures: 4, hidden: [], random: seededRandom(1) })).toThrow(
      'autoencoder: hidden must name at least one size, got none.',
    );
  });
});
