import * as tf from '@tensorflow/tfjs';
import type { Optimizer, StateDict } from '@warmstart/shapes';
import { adamW, fit, sgd } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { textbookOptimizer } from '../fixtures/optimizers.js';
import { guideUpdates } from './guide-updates.js';
import { pullToBase } from './pull-to-base.js';

const guides: StateDict = new Map([['weight', { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) }]]);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The rates that the loop reports for an optimizer over one weight. */
async function reported(make: (variables: Map<string, tf.Variable>) => Optimizer): Promise<unknown[]> {
  const variables = new Map([['weight', tf.variable(tf.tensor1d([1]))]]);
  const rates: unknown[] = [];
  await fit({
    variables,
    optimizer: make(variables),
    steps: 3,
    logEvery: 1,
    batches: () => 0,
    loss: () => tf.sum(tf.square(variables.get('weight') as tf.Variable)) as tf.Scalar,
    onEvent: (event) => {
      if (event.type === 'step-end') rates.push(event.learningRate);
    },
  });
  return rates;
}

describe.each([
  [
    'guideUpdates',
    (optimizer: Optimizer, variables: Map<string, tf.Variable>) =>
      guideUpdates(optimizer, { variables, guides }),
  ],
  [
    'pullToBase',
    (optimizer: Optimizer, variables: Map<string, tf.Variable>) =>
      pullToBase(optimizer, { variables, base: guides, strength: 0.1 }),
  ],
])('the learning rate of %s', (_, wrap) => {
  it('is the wrapped one, in the events of fit too', async () => {
    const learningRate = (step: number) => 0.1 / (step + 1);
    expect(await reported((variables) => wrap(adamW({ variables, learningRate }), variables))).toEqual([
      0.1,
      0.05,
      0.1 / 3,
    ]);
    expect(await reported((variables) => wrap(sgd({ variables, learningRate: 0.2 }), variables))).toEqual([
      0.2, 0.2, 0.2,
    ]);
  });

  it('can be set between steps where the wrapped one can', () => {
    const variables = new Map([['weight', tf.variable(tf.tensor1d([1]))]]);
    const wrapped = sgd({ variables, learningRate: 0.2 });
    const optimizer = wrap(wrapped, variables);
    optimizer.learningRate = 0.4;
    expect(wrapped.learningRate).toBe(0.4);
    expect(optimizer.learningRate).toBe(0.4);
  });

  it('is absent where the wrapped one has none', async () => {
    const rates = await reported((variables) => wrap(textbookOptimizer('sgd', variables), variables));
    expect(rates).toEqual([undefined, undefined, undefined]);
  });
});
