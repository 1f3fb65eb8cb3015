import * as tf from '@tensorflow/tfjs';
import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { lineBase, lines } from '../fixtures/lines.js';
import { textbookOptimizer } from '../fixtures/optimizers.js';
import { testRandom } from '../fixtures/random.js';
import { train } from '../fixtures/train-line.js';
import { bootstrapGuides, type GuidesBootstrap } from './bootstrap-guides.js';
import { diagonalFisher, gradientRatios } from './gradient-measures.js';
import { guideEvidence } from './guide-evidence.js';
import { guides } from './guides.js';
import { guidesPage } from './guides-page.js';
import { guideRanks, loraGuides } from './lora-guides.js';
import { pullToBase } from './pull-to-base.js';
import { reptile } from './reptile.js';
import { scout } from './scout.js';
import { memoryStore } from './scout-store.js';

const tensor = (shape: number[], ...values: number[]): StateDict =>
  new Map([['weight', { dtype: 'float32', shape, data: Float32Array.from(values) }]]);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('reptile', () => {
  it('ends at the mean of two targets when it visits them in turn', async () => {
    const moved = await reptile({
      base: tensor([1], 0),
      subproblems: [0, 1],
      seed: 1,
      rounds: 400,
      rate: (round) => 1 / (round + 1),
      train: async ({ subproblem }) => tensor([1], subproblem),
    });
    expect(moved.get('weight')?.data[0]).toBeCloseTo(0.5, 2);
  });

  it('skips visits that diverge, leaves statistics and the base alone', async () => {
    const base = lineBase();
    const subproblems = lines.map((line, i) => ({ ...line, slow: 0, diverge: i === 0 }));
    const moved = await reptile({ base, subproblems, seed: 1, rounds: 14, train });
    expect(base).toEqual(lineBase());
    expect(moved.get('norm.running_mean')?.data).toEqual(Float32Array.of(3));
    expect([...(moved.get('line.weight')?.data ?? [])].every((value) => Number.isFinite(Number(value)))).toBe(
      true,
    );
    const diverging = subproblems.map((line) => ({ ...line, diverge: true }));
    await expect(reptile({ base, subproblems: diverging, seed: 1, rounds: 3, train })).rejects.toThrow(
      'at least one visit must end finite, got none of 3',
    );
    await expect(reptile({ base, subproblems: [], seed: 1, rounds: 3, train })).rejects.toThrow(
      'got 0 and 3',
    );
  });
});

describe('pullToBase', () => {
  it('adds the gradient of the penalty, weighted by importance', async () => {
    const variables = new Map([['weight', tf.variable(tf.tensor1d([3, 3]))]]);
    const before = tf.memory().numTensors;
    const optimizer = pullToBase(textbookOptimizer('sgd', variables, 0.1), {
      variables,
      base: tensor([2], 1, 2),
      strength: 2,
      importance: tensor([2], 1, 10),
    });
    const gradient = tf.tensor1d([0.5, 0]);
    optimizer.step(new Map([['weight', gradient]]));
    // 3 − 0.1 · (0.5 + 2 · 1 · (3 − 1)), 3 − 0.1 · 2 · 10 · (3 − 2)
    const values = [...((await variables.get('weight')?.data()) ?? [])];
    expect(values[0]).toBeCloseTo(2.55, 6);
    expect(values[1]).toBeCloseTo(1, 6);
    gradient.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a base of other variables or shapes', () => {
    const variables = new Map([['weight', tf.variable(tf.tensor1d([3, 3]))]]);
    const make =
      (base: StateDict, strength = 1) =>
      () =>
        pullToBase(textbookOptimizer('sgd', variables), { variables, base, strength });
    expect(make(new Map())).toThrow('the base must hold some of the variables');
    expect(make(tensor([3], 1, 2, 3))).toThrow('weight must be [2], got [3] in the base.');
    expect(make(tensor([2], 1, 2), -1)).toThrow('strength must be a finite number ≥ 0, got -1');
  });
});

describe('diagonalFisher', () => {
  it('is the mean of squared gradients of single examples, not the square of their mean', async () => {
    const variables = new Map([['weight', tf.variable(tf.tensor1d([1, 2]))]]);
    const before = tf.memory().numTensors;
    const loss = (index: number) =>
      tf.sum(tf.mul(variables.get('weight') as tf.Tensor, index === 0 ? 3 : -3)) as tf.Scalar;
    const fisher = await diagonalFisher({ variables, loss, count: 2 });
    expect([...(fisher.get('weight')?.data ?? [])]).toEqual([9, 9]);
    expect(tf.memory().numTensors).toBe(before);
    await expect(diagonalFisher({ variables, loss, count: 0 })).rejects.toThrow(
      'count must be an integer of examples',
    );
  });

  it('comes in PyTorch layout', async () => {
    const kernel = tf.variable(tf.zeros([1, 1, 2, 3])); // HWIO
    const variables = new Map([['conv.weight', kernel]]);
    const slopes = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 1, 2, 3]);
    const model = { namedVariables: () => [{ path: 'conv.weight', layout: [2, 3, 1, 0] }] };
    const loss = () => tf.sum(tf.mul(kernel, slopes)) as tf.Scalar;
    const fisher = await diagonalFisher({ variables, loss, count: 1, model });
    expect(fisher.get('conv.weight')?.shape).toEqual([3, 2, 1, 1]);
    expect([...(fisher.get('conv.weight')?.data ?? [])]).toEqual([1, 16, 4, 25, 9, 36]);
  });
});

describe('gradientRatios', () => {
  it('gives the tensor that is pulled hardest, for its size, 1', async () => {
    const variables = new Map([
      ['a', tf.variable(tf.tensor1d([3, 4]))],
      ['b', tf.variable(tf.tensor1d([1]))],
    ]);
    const [a, b] = [...variables.values()] as [tf.Variable, tf.Variable];
    const loss = () => tf.add(tf.sum(tf.mul(a, tf.tensor1d([5, 0]))), tf.sum(tf.mul(b, 4))) as tf.Scalar;
    const ratios = await gradientRatios({ variables, loss, count: 1 });
    // 5 / 5 against 4 / 1
    expect([...(ratios.get('a')?.data ?? [])]).toEqual([0.25, 0.25]);
    expect([...(ratios.get('b')?.data ?? [])]).toEqual([1]);
  });
});

describe('guides for LoRA', () => {
  const matrices: StateDict = new Map([
    ['free.weight', { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 0.5, 0, 1, 0.5, 0) }],
    ['stiff.weight', { dtype: 'float32', shape: [2, 3], data: new Float32Array(6) }],
    ['free.bias', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 1) }],
  ]);

  it('gives ranks by mean guide', () => {
    expect([...guideRanks(matrices, { meanRank: 1 })]).toEqual([
      ['free.weight', 2],
      ['stiff.weight', 0],
    ]);
    expect(guideRanks(matrices, { meanRank: 1, minimum: 1 }).get('stiff.weight')).toBe(1);
    expect(guideRanks(matrices, { meanRank: 9, maximum: 1 }).get('free.weight')).toBe(1);
    expect(() => guideRanks(new Map(), { meanRank: 1 })).toThrow('got 0 matrices');
  });

  it('gives factors whose product is the guide, where that has rank 1', () => {
    const factors = loraGuides(
      matrices,
      new Map([
        ['free.weight', 1],
        ['stiff.weight', 0],
      ]),
    );
    expect([...factors.keys()]).toEqual(['free.lora_A.weight', 'free.lora_B.weight']);
    const [down, up] = [...factors.values()].map(({ data }) => [...(data as Float32Array)]) as [
      number[],
      number[],
    ];
    const product = up.flatMap((row) => down.map((column) => row * column));
    [1, 0.5, 0, 1, 0.5, 0].forEach((value, i) => {
      expect(product[i]).toBeCloseTo(value, 6);
    });
    expect(() => loraGuides(matrices, new Map([['free.bias', 1]]))).toThrow(
      'free.bias must have a guide of rank 2, got [2]',
    );
  });
});

describe('evidence', () => {
  it('comes in one call, and by drawing scouts anew', async () => {
    const store = memoryStore();
    const many = Array.from({ length: 20 }, (_, i) => ({ slope: Math.sin(i) * 3, offset: Math.cos(7 * i) }));
    const scouted = await scout({ base: lineBase(), subproblems: many, seed: 2, train, store });
    const made = guides(scouted);
    const evidence = await guideEvidence(scouted, made, { random: testRandom(1), store, draws: 50 });
    expect(evidence.effectiveParameters).toBe(made.report.effectiveParameters);
    expect(evidence.controls.layerMeans.size).toBe(2);
    expect(evidence.reliability.scouts).toEqual([10, 10]);
    const bootstrap = evidence.bootstrap as GuidesBootstrap;
    expect(bootstrap).toMatchObject({ scouts: 20, draws: 50 });
    const withoutStore = await guideEvidence(scouted, made, { random: testRandom(1) });
    expect(withoutStore.bootstrap).toBeUndefined();
    const { low, mean, high } = bootstrap.effectiveParameters;
    expect(low).toBeLessThanOrEqual(mean);
    expect(high).toBeGreaterThanOrEqual(mean);
    expect(bootstrap.agreement.mean).toBeGreaterThan(0);
    await expect(
      bootstrapGuides({ base: lineBase(), store: memoryStore(), random: testRandom(1) }),
    ).rejects.toThrow('got none in it');
  });

  it('is shown on a page with a histogram and heat strips for every tensor', async () => {
    const scouted = await scout({ base: lineBase(), subproblems: lines, seed: 2, train });
    const made = guides(scouted, { scale: 'max' });
    const [[key, guide]] = [...made.guides] as [[string, NamedTensor]];
    made.guides.delete(key);
    made.guides.set('<img>', guide);
    const evidence = await guideEvidence(scouted, guides(scouted), { random: testRandom(1) });
    const page = guidesPage(made, { title: 'Lines & more', evidence });
    expect(page).toContain('<title>Lines &amp; more</title>');
    expect(page).toContain('&lt;img&gt;');
    expect(page).not.toMatch(/<img|<script|https?:/);
    expect(page.match(/Histogram of the guides of/g)).toHaveLength(2);
    // one weight's histogram: 20 bins; the strip of a [1, 2] tensor's inputs: one cell each, the hottest darkest
    const weights = guides(scouted, { scale: 'max' });
    const strip = /line\.weight, mean guide by input channel"[^>]*>(.*?)<\/svg>/.exec(
      guidesPage(weights),
    )?.[1];
    const lightness = [...(strip ?? '').matchAll(/ (\d+)%\)/g)].map(([, light]) => Number(light));
    const values = [...((weights.guides.get('line.weight')?.data ?? []) as Float32Array)];
    expect(lightness).toHaveLength(2);
    expect((lightness[0] ?? 0) < (lightness[1] ?? 0)).toBe((values[0] ?? 0) > (values[1] ?? 0));
    expect(page).toContain('split-half reliability');
    expect(guidesPage(weights)).not.toContain('reliability');
  });
});
