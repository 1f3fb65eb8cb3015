import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Activation, type ActivationName, activation } from './activations.js';
import { gradientError, leaked, ramp } from './fixtures/finite-differences.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** At −2, −0.5, 0.3 and 1.5, from torch.nn.functional in float64. */
const known: Record<ActivationName, number[]> = {
  relu: [0, 0, 0.3, 1.5],
  relu6: [0, 0, 0.3, 1.5],
  leakyRelu: [-0.02, -0.005, 0.3, 1.5],
  elu: [-0.8646647, -0.3934693, 0.3, 1.5],
  gelu: [-0.0455003, -0.1542688, 0.1853734, 1.3997892],
  geluTanh: [-0.0454023, -0.154286, 0.1853708, 1.3995716],
  tanh: [-0.9640276, -0.4621172, 0.2913126, 0.9051483],
  sigmoid: [0.1192029, 0.3775407, 0.5744425, 0.8175745],
  silu: [-0.2384058, -0.1887703, 0.1723328, 1.2263617],
  softplus: [0.126928, 0.474077, 0.8543552, 1.7014133],
  identity: [-2, -0.5, 0.3, 1.5],
};

describe('activation', () => {
  for (const [name, expected] of Object.entries(known) as [ActivationName, number[]][]) {
    it(`${name} gives PyTorch's values, its own gradient, and leaves nothing behind`, async () => {
      const x = tf.tensor1d([-2, -0.5, 0.3, 1.5]);
      const y = await new Activation(name).call(x).data();
      for (const [index, value] of expected.entries()) expect(y[index]).toBeCloseTo(value, 5);
      expect(await gradientError(activation(name), [ramp([7], 2)])).toBeLessThan(2e-3);
      expect(leaked(() => activation(name)(x))).toBe(0);
    });
  }

  it('names the ones there are', () => {
    expect(() => activation('swish' as ActivationName)).toThrow(
      /^activation: name must be one of relu, .*identity, got "swish"\.$/,
    );
  });
});
