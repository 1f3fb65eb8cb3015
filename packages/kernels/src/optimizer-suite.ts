import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import stored from '../fixtures/optimizers.json' with { type: 'json' };
import { type FusedOptimizer, type FusedOptimizerOptions, fusedAdamW, fusedSgd } from './index.js';

type Values = Record<string, number[]>;
interface Fixture extends Record<'adamW' | 'sgd' | 'momentum' | 'nesterov', Values> {
  shapes: Record<string, number[]>;
  start: Values;
  gradients: Values[];
}
const fixture = stored as unknown as Fixture;

const variables = (): Map<string, tf.Variable> =>
  new Map(
    Object.entries(fixture.start).map(([path, values]) => [
      path,
      tf.tidy(() => tf.variable(tf.tensor(values, fixture.shapes[path]))),
    ]),
  );
const gradientsOf = (step: number): Map<string, tf.Tensor> =>
  new Map(
    Object.entries(fixture.gradients[step] ?? {}).map(([path, values]) => [
      path,
      tf.tensor(values, fixture.shapes[path]),
    ]),
  );
const everywhere = (map: Map<string, tf.Variable>, value: number): Map<string, tf.Tensor> =>
  new Map([...map].map(([path, { shape }]) => [path, tf.fill(shape, value)]));

function steps(optimizer: FusedOptimizer, from = 0, to = fixture.gradients.length): void {
  for (let i = from; i < to; i++) {
    const gradients = gradientsOf(i);
    optimizer.step(gradients);
    tf.dispose([...gradients.values()]);
  }
}
async function bytes(map: Map<string, tf.Variable>): Promise<number[][]> {
  return Promise.all([...map.values()].map(async (variable) => [...(await variable.data())]));
}

const rules = {
  adamW: (options: FusedOptimizerOptions) =>
    fusedAdamW({ beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1, ...options }),
  sgd: (options: FusedOptimizerOptions) => fusedSgd(options),
  momentum: (options: FusedOptimizerOptions) => fusedSgd({ momentum: 0.9, weightDecay: 0.1, ...options }),
  nesterov: (options: FusedOptimizerOptions) => fusedSgd({ momentum: 0.9, nesterov: true, ...options }),
};

/** What every fused optimizer promises, on the backend in use. */
export function optimizerSuite(backend: string): void {
  describe(`fused optimizers on ${backend}`, () => {
    beforeEach(async () => {
      await tf.setBackend(backend);
    });
    afterEach(() => tf.disposeVariables());

    test.each(Object.keys(rules) as (keyof typeof rules)[])(
      '%s takes the steps PyTorch takes',
      async (name) => {
        const learned = variables();
        steps(rules[name]({ variables: learned, learningRate: 0.01 }));
        for (const [path, variable] of learned) {
          const got = await variable.data();
          fixture[name][path]?.forEach((wanted, i) => {
            expect(Math.abs((got[i] ?? Number.NaN) - wanted)).toBeLessThan(
              2e-6 * Math.max(1, Math.abs(wanted)),
            );
          });
        }
      },
    );

    test.each(Object.keys(rules) as (keyof typeof rules)[])(
      '%s: guide 1 is the bare optimizer, 0 is frozen, to the bit',
      async (name) => {
        const [bare, guided, frozen] = [variables(), variables(), variables()];
        const before = await bytes(frozen);
        steps(rules[name]({ variables: bare, learningRate: 0.01 }));
        steps(rules[name]({ variables: guided, learningRate: 0.01, guides: everywhere(guided, 1) }));
        const stopped = rules[name]({ variables: frozen, learningRate: 0.01, guides: everywhere(frozen, 0) });
        steps(stopped);
        const blown = new Map([...gradientsOf(0)].map(([path, g]) => [path, tf.fill(g.shape, Number.NaN)]));
        stopped.step(blown);
        expect(await bytes(guided)).toEqual(await bytes(bare));
        expect(await bytes(frozen)).toEqual(before);
      },
    );

    test('half a guide travels half as far under AdamW', async () => {
      const [bare, guided] = [variables(), variables()];
      const start = await bytes(bare);
      steps(fusedAdamW({ variables: bare, learningRate: 0.01 }), 0, 1);
      steps(fusedAdamW({ variables: guided, learningRate: 0.01, guides: everywhere(guided, 0.5) }), 0, 1);
      const [far, half] = [await bytes(bare), await bytes(guided)];
      start.forEach((values, row) => {
        values.forEach((w, i) => {
          const whole = (far[row]?.[i] ?? Number.NaN) - w;
          expect((half[row]?.[i] ?? Number.NaN) - w).toBeCloseTo(whole / 2, 6);
        });
      });
    });

    test('decay under guides of 0: none spares the weights, full shrinks them', async () => {
      const [full, none] = [variables(), variables()];
      const start = await bytes(full);
      const shared = { learningRate: 0.1, weightDecay: 0.5 };
      steps(fusedAdamW({ variables: full, guides: everywhere(full, 0), decay: 'full', ...shared }), 0, 1);
      steps(fusedAdamW({ variables: none, guides: everywhere(none, 0), decay: 'none', ...shared }), 0, 1);
      expect(await bytes(none)).toEqual(start);
      (await bytes(full)).forEach((values, row) => {
        values.forEach((w, i) => {
          expect(w).toBeCloseTo(0.95 * (start[row]?.[i] ?? Number.NaN), 6);
        });
      });
    });

    test('rates and decays of single paths', async () => {
      const learned = variables();
      const start = await bytes(learned);
      const optimizer = fusedSgd({
        variables: learned,
        learningRate: (step) => 0.1 * (step + 1),
        learningRateScales: new Map([['encoder.weight', 0]]),
        weightDecays: new Map([['encoder.bias', 2]]),
      });
      const zero = new Map([...gradientsOf(0)].map(([path, g]) => [path, tf.zeros(g.shape)]));
      optimizer.step(zero);
      optimizer.step(zero);
      const [weight, bias, head] = await bytes(learned);
      expect(weight).toEqual(start[0]);
      expect(head).toEqual(start[2]);
      bias?.forEach((w, i) => {
        expect(w).toBeCloseTo(0.8 * 0.6 * (start[1]?.[i] ?? Number.NaN), 5);
      });
    });

    test('a state dict resumes to the bit and leaks nothing', async () => {
      const [whole, resumed] = [variables(), variables()];
      const all = rules.adamW({ variables: whole, learningRate: 0.01 });
      const first = rules.adamW({ variables: resumed, learningRate: 0.01 });
      steps(all);
      steps(first, 0, 2);
      const tensors = tf.memory().numTensors;
      const state = await first.stateDict();
      expect([...state.keys()].slice(0, 3)).toEqual([
        'step',
        'encoder.weight.exp_avg',
        'encoder.weight.exp_avg_sq',
      ]);
      const second = rules.adamW({ variables: resumed, learningRate: 0.01 });
      second.loadStateDict(state);
      first.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
      steps(second, 2);
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await bytes(resumed)).toEqual(await bytes(whole));
    });

    test('a matMul after a step sees the new weights', async () => {
      const weight = tf.variable(tf.ones([4, 3]));
      const x = tf.ones([2, 4]);
      await tf.matMul(x, weight).data();
      const optimizer = fusedSgd({ variables: new Map([['w', weight]]), learningRate: 1 });
      optimizer.step(new Map([['w', tf.ones([4, 3])]]));
      expect([...(await tf.matMul(x, weight).data())]).toEqual([0, 0, 0, 0, 0, 0]);
    });

    test('bad input is refused before anything is written', async () => {
      const learned = variables();
      const before = await bytes(learned);
      const optimizer = fusedAdamW({ variables: learned, learningRate: 0.1 });
      const gradients = gradientsOf(0);
      gradients.set('head.weight', tf.zeros([2]));
      expect(() => optimizer.step(gradients)).toThrow(
        'fusedAdamW: gradient "head.weight" must be float32 [2,3,4], got float32 [2]. Give it the shape of its variable.',
      );
      expect(await bytes(learned)).toEqual(before);
      expect(() => fusedAdamW({ variables: learned, learningRate: -1 })).toThrow(
        'fusedAdamW: learningRate must be finite and not below 0, got -1. Check the schedule.',
      );
      expect(() =>
        fusedAdamW({ variables: learned, learningRate: 1, guides: new Map([['x', tf.ones([1])]]) }),
      ).toThrow(
        'fusedAdamW: every path must be one of variables, got "x". Leave it out or add its variable.',
      );
      expect(() => optimizer.loadStateDict(new Map())).toThrow(
        'fusedAdamW: loadStateDict: "step" must be a 32-bit tensor [], got nothing. ' +
          'Load the state of an optimizer over the same variables.',
      );
      expect(() => fusedSgd({ variables: learned, learningRate: 1, momentum: 1 })).toThrow(
        'fusedSgd: momentum must lie in [0, 1), got 1. Usual values are 0.9 to 0.999.',
      );
    });
  });
}
