import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { Optimizer } from '@warmstart/shapes';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  adamW,
  balancedClassWeights,
  checkClassLabels,
  classificationLoss,
  clipGradients,
  sgd,
} from './index.js';

// weights after five updates by torch.optim: see ../fixtures/make_optimizers.py
const torch = JSON.parse(readFileSync(new URL('../fixtures/optimizers.json', import.meta.url), 'utf8'));
const shapes = [[2, 3], [3]];
let tensorsBefore = 0;

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

function start(): Map<string, tf.Variable> {
  return new Map(
    shapes.map((shape, i) => [
      `layer${i}.weight`,
      tf.tidy(() => tf.variable(tf.tensor(torch.start[i], shape))),
    ]),
  );
}

function gradientsOf(values: number[][]): Map<string, tf.Tensor> {
  return new Map(shapes.map((shape, i) => [`layer${i}.weight`, tf.tensor(values[i] as number[], shape)]));
}

function stepWith(optimizer: Optimizer, values: number[][]): void {
  const gradients = gradientsOf(values);
  optimizer.step(gradients);
  tf.dispose([...gradients.values()]);
}

async function expectClose(
  tensors: Iterable<tf.Tensor>,
  expected: number[][],
  tolerance = 2e-6,
): Promise<void> {
  for (const [i, tensor] of [...tensors].entries()) {
    const values = await tensor.data();
    (expected[i] as number[]).forEach((value, j) => {
      expect(Math.abs((values[j] as number) - value)).toBeLessThan(tolerance);
    });
  }
}

type Make = (variables: Map<string, tf.Variable>) => Optimizer;
const cases: [string, Make][] = [
  ['adamW', (variables) => adamW({ variables, learningRate: 0.01, weightDecay: 0.1 })],
  [
    'adamW-betas',
    (variables) => adamW({ variables, learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 }),
  ],
  ['sgd', (variables) => sgd({ variables, learningRate: 0.1 })],
  ['sgd-momentum', (variables) => sgd({ variables, learningRate: 0.1, momentum: 0.9, weightDecay: 0.05 })],
  ['sgd-nesterov', (variables) => sgd({ variables, learningRate: 0.1, momentum: 0.9, nesterov: true })],
];

describe.each(cases)('%s', (name, make) => {
  it('moves weights as PyTorch does', async () => {
    const variables = start();
    const optimizer = make(variables);
    for (const [step, values] of torch.gradients.entries()) {
      stepWith(optimizer, values);
      await expectClose(variables.values(), torch.after[name][step]);
    }
    optimizer.dispose();
    tf.dispose([...variables.values()]);
  });

  it('continues to the bit from its state', async () => {
    const variables = start();
    const first = make(variables);
    for (const values of torch.gradients.slice(0, 3)) stepWith(first, values);
    const state = structuredClone(await first.stateDict());
    const second = make(variables);
    second.loadStateDict(state);
    expect(await second.stateDict()).toEqual(state);
    const copies = new Map(
      [...variables].map(([path, v]) => [path, tf.tidy(() => tf.variable(tf.mul(v, 1)))]),
    );
    const third = make(copies);
    third.loadStateDict(state);
    for (const values of torch.gradients.slice(3)) {
      stepWith(second, values);
      stepWith(third, values);
    }
    for (const [path, variable] of variables) {
      expect(await copies.get(path)?.data()).toEqual(await variable.data());
    }
    for (const optimizer of [first, second, third]) optimizer.dispose();
    tf.dispose([...variables.values(), ...copies.values()]);
  });

  it('leaves what has no gradient alone, and starts a late variable like a new one', async () => {
    const variables = start();
    const optimizer = make(variables);
    const kept = await variables.get('layer1.weight')?.data();
    for (const values of torch.gradients.slice(0, 2)) {
      const gradients = gradientsOf(values);
      optimizer.step(new Map([...gradients].slice(0, 1)));
      tf.dispose([...gradients.values()]);
    }
    expect(await variables.get('layer1.weight')?.data()).toEqual(kept);
    stepWith(optimizer, torch.gradients[0]);
    await expectClose([variables.get('layer1.weight') as tf.Tensor], [torch.after[name][0][1]]);
    optimizer.dispose();
    tf.dispose([...variables.values()]);
  });
});

describe('optimizer options', () => {
  it('scale rate and decay of single paths', async () => {
    const variables = start();
    const learningRateScales = new Map([['layer0.weight', 0]]);
    const optimizer = adamW({ variables, learningRate: 0.01, weightDecay: 0.1, learningRateScales });
    const before = await variables.get('layer0.weight')?.data();
    stepWith(optimizer, torch.gradients[0]);
    expect(await variables.get('layer0.weight')?.data()).toEqual(before);
    await expectClose([variables.get('layer1.weight') as tf.Tensor], [torch.after.adamW[0][1]]);
    optimizer.dispose();
    tf.dispose([...variables.values()]);
  });

  it('are refused by name', () => {
    const variables = start();
    const make = (options: object) => () => adamW({ variables, learningRate: 0.1, ...options });
    expect(make({ learningRate: Number.NaN })).toThrow(
      'adamW: learningRate must be a finite number ≥ 0, got NaN at step 0.',
    );
    expect(make({ epsilon: 0 })).toThrow('adamW: epsilon must be > 0, got 0.');
    expect(make({ beta1: 1 })).toThrow('adamW: beta1 must be in [0, 1), got 1.');
    expect(make({ weightDecay: -1 })).toThrow('adamW: weightDecay must be a finite number ≥ 0, got -1.');
    expect(make({ weightDecays: new Map([['head', 1]]) })).toThrow(
      'weightDecays must name paths of variables, got head.',
    );
    const optimizer = adamW({ variables, learningRate: 0.1 });
    const stray = tf.ones([2]);
    expect(() => optimizer.step(new Map([['head', stray]]))).toThrow(
      'got head. Make the optimizer with every variable',
    );
    expect(() => optimizer.loadStateDict(new Map())).toThrow('got no key "step". Nothing was loaded.');
    optimizer.dispose();
    tf.dispose([stray, ...variables.values()]);
  });
});

describe('clipGradients', () => {
  it('scales all gradients together as PyTorch does', async () => {
    const gradients = gradientsOf(torch.gradients[1]);
    const { gradients: clipped, norm } = clipGradients(gradients, torch.clip.maxNorm);
    expect((await norm.data())[0]).toBeCloseTo(torch.clip.norm, 5);
    await expectClose(clipped.values(), torch.clip.clipped);
    tf.dispose([norm, ...gradients.values(), ...clipped.values()]);
  });
});

describe('classificationLoss', () => {
  const { logits: values, labels: classes, weights, plain, weighted, smoothed } = torch.crossEntropy;
  const losses = async (options: Parameters<typeof classificationLoss>[2]) => {
    const logits = tf.tensor2d(values, [6, 3]);
    const labels = tf.tensor1d(classes, 'int32');
    const loss = classificationLoss(logits, labels, options);
    const [value] = await loss.data();
    tf.dispose([logits, labels, loss]);
    return value as number;
  };

  it('agrees with PyTorch, weighted and smoothed', async () => {
    expect(await losses({})).toBeCloseTo(plain, 5);
    expect(await losses({ classWeights: weights })).toBeCloseTo(weighted, 5);
    expect(await losses({ labelSmoothing: 0.1 })).toBeCloseTo(smoothed, 5);
  });

  it('is unchanged by equal weights of any size, and by smoothing 0', async () => {
    const sampleWeights = tf.fill([6], 7);
    expect(await losses({ classWeights: [3, 3, 3] })).toBeCloseTo(plain, 5);
    expect(await losses({ sampleWeights })).toBeCloseTo(plain, 5);
    expect(await losses({ labelSmoothing: 0 })).toBe(await losses({}));
    sampleWeights.dispose();
  });

  it('takes balanced weights, and names what is wrong with labels', () => {
    expect([...balancedClassWeights([0, 0, 0, 1], 2)]).toEqual([Math.fround(2 / 3), 2]);
    expect(() => balancedClassWeights([0, 0], 2)).toThrow(
      'every class must have a row, got none of class 1.',
    );
    expect(() => checkClassLabels([0, 7], 3)).toThrow('labels must be classes 0 to 2, got 7 in row 1.');
    expect(() => checkClassLabels([0.5], 3)).toThrow('got 0.5 in row 0.');
    expect(() => checkClassLabels([0], 1)).toThrow('classCount must be a whole number ≥ 2, got 1.');
  });
});
