import { normalRandom, seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { adapt } from './adaptation.js';
import { DenseNetwork, type Examples } from './dense-network.js';

const random = seededRandom(3, 'dense');
const normal = normalRandom(seededRandom(3, 'dense normal'));
const draw = (count: number, width: number, targets: () => number): Examples => ({
  inputs: Float64Array.from({ length: count * width }, normal),
  targets: Float64Array.from({ length: count }, targets),
  count,
});

describe('DenseNetwork', () => {
  for (const loss of ['squared', 'cross-entropy'] as const) {
    // neither rows nor units in multiples of four, which the loops take at a time
    for (const count of [1, 3, 6]) {
      it(`has the gradient of its ${loss} loss over ${count} rows, by central differences`, () => {
        const outputs = loss === 'squared' ? 1 : 3;
        const network = new DenseNetwork([5, 7, 6, outputs], loss);
        const weights = network.initial(random).map((value) => value + 0.1 * normal());
        const examples = draw(count, 5, () => (loss === 'squared' ? normal() : Math.floor(3 * random())));
        const gradient = new Float64Array(network.size);
        network.gradient(weights, examples, gradient);
        const at = (i: number, shift: number) => {
          const moved = weights.slice();
          moved[i] = (moved[i] ?? 0) + shift;
          return network.gradient(moved, examples, new Float64Array(network.size));
        };
        for (let i = 0; i < network.size; i++) {
          expect(gradient[i]).toBeCloseTo((at(i, 1e-5) - at(i, -1e-5)) / 2e-5, 6);
        }
      });
    }
  }
});

describe('adapt', () => {
  const network = new DenseNetwork([2, 4, 1], 'squared');
  const start = network.initial(random);
  const task = { train: draw(8, 2, normal), test: draw(8, 2, normal) };
  const guide = new Float64Array(network.size).fill(0.1);
  const errors = (options: object) =>
    adapt(network, task, { start, rule: 'adam', rate: 0.01, ...options }, [1, 20]).map((error) =>
      error.toFixed(4),
    );

  it('obeys guides on the update, and hardly notices them on the gradient under Adam', () => {
    expect(errors({ guide })).toEqual(errors({ rate: 0.001 }));
    expect(errors({ guide, isOnGradient: true })).toEqual(errors({}));
    expect(errors({ guide })).not.toEqual(errors({}));
  });

  it('moves the tensor with the largest relative gradient as usual, others less, when surgical', () => {
    const surgical = errors({ isSurgical: true, rule: 'sgd' });
    expect(surgical).not.toEqual(errors({ rule: 'sgd' }));
    const [plain = 0, careful = 0] = [errors({ rule: 'sgd' }), surgical].map(([first]) => Number(first));
    const before = network.error(start, task.test);
    expect(Math.abs(careful - before)).toBeLessThan(Math.abs(plain - before));
  });
});
