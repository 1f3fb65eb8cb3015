import * as tf from '@tensorflow/tfjs';
import type { StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { rules, textbookOptimizer } from '../fixtures/optimizers.js';
import { guideContract } from './guide-contract.js';
import { type GuideUpdatesOptions, guideUpdates } from './guide-updates.js';

const guidesOf = (...values: number[]): StateDict =>
  new Map([['weight', { dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }]]);
const variablesOf = (...values: number[]) => new Map([['weight', tf.variable(tf.tensor1d(values))]]);

/** Weights after some updates with the gradient given. */
async function after(
  rule: (typeof rules)[number],
  start: number[],
  gradient: number[],
  options: Omit<GuideUpdatesOptions, 'variables'>,
  steps = 1,
): Promise<number[]> {
  const variables = variablesOf(...start);
  const optimizer = guideUpdates(textbookOptimizer(rule, variables), { variables, ...options });
  for (let i = 0; i < steps; i++) optimizer.step(new Map([['weight', tf.tensor1d(gradient)]]));
  const values = [...((await variables.get('weight')?.data()) ?? [])];
  optimizer.dispose();
  return values;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

for (const rule of rules) {
  describe(`guideUpdates over ${rule}`, () => {
    const variants: [string, Partial<GuideUpdatesOptions>][] = [
      ['', {}],
      [', guided gradients clipped', { clip: { maxNorm: 1e6 } }],
      [', raw gradients clipped', { clip: { maxNorm: 1e6, of: 'raw' } }],
      [', updates clipped', { clip: { maxNorm: 1e6, of: 'update' } }],
    ];
    for (const [name, extra] of variants) {
      const cases = guideContract(({ variables, guides }) => {
        const bare = textbookOptimizer(rule, variables);
        if (guides) return guideUpdates(bare, { variables, guides, ...extra });
        const ones = guidesOf(1, 1, 1, 1, 1, 1);
        return extra.clip && extra.clip.of !== 'update'
          ? guideUpdates(bare, { variables, guides: ones, clip: { ...extra.clip, of: 'raw' } })
          : bare;
      });
      for (const contractCase of cases) it(contractCase.name + name, contractCase.run);
    }
    for (const policy of ['guided', 'none', 'toBase'] as const) {
      for (const of of ['guided', 'raw', 'update'] as const) {
        it(`freezes to the bit with decay ${policy} and ${of} clipping`, async () => {
          const options = {
            guides: guidesOf(0, 1),
            decay: { policy, rate: 0.01 },
            clip: { maxNorm: 0.1, of },
          };
          const [frozen, free] = await after(rule, [0.3, 0.7], [5, -2], options, 20);
          expect(frozen).toBe(Math.fround(0.3));
          expect(free).not.toBe(Math.fround(0.7));
        });
      }
    }
  });
}

describe('guideUpdates', () => {
  it('says which optimizer and which guides it takes', () => {
    const foreign = tf.train.sgd(0.1);
    const variables = new Map<string, tf.Variable>();
    expect(() => guideUpdates(foreign as never, { variables, guides: new Map() })).toThrow(
      'guideUpdates: optimizer must have step(gradients), such as adamW of @warmstart/training',
    );
    foreign.dispose();
    const optimizer = { step: () => {} } as never;
    expect(() => guideUpdates(optimizer, { variables, guides: { guides: 1 } as never })).toThrow(
      'Of what guides() returned, pass its guides.',
    );
  });

  it('moves a weight under Adam in proportion to its guide, which a scaled gradient does not', async () => {
    const [all, tenth] = await after('adam', [0, 0], [1, 1], { guides: guidesOf(1, 0.1) }, 5);
    expect((tenth ?? 0) / (all ?? 1)).toBeCloseTo(0.1, 6);
    const variables = variablesOf(0, 0);
    const bare = textbookOptimizer('adam', variables);
    for (let i = 0; i < 5; i++) bare.step(new Map([['weight', tf.tensor1d([1, 0.1])]]));
    const [whole, scaled] = [...((await variables.get('weight')?.data()) ?? [])];
    expect((scaled ?? 0) / (whole ?? 1)).toBeCloseTo(1, 4);
  });

  it('decays by the policy chosen', async () => {
    const decay = (policy: 'guided' | 'full' | 'none' | 'toBase') =>
      after('sgd', [1, 1], [0, 0], { guides: guidesOf(0, 0.5), decay: { policy, rate: 0.1 } });
    expect(await decay('guided')).toEqual([1, Math.fround(0.95)]);
    expect(await decay('full')).toEqual([Math.fround(0.9), Math.fround(0.9)]);
    expect(await decay('none')).toEqual([1, 1]);
    expect(await decay('toBase')).toEqual([1, 1]);
    // the first update moves the weight by -0.5 · 0.05, the second is pulled back by half the rate of that
    const [, pulled] = await after(
      'sgd',
      [1, 1],
      [0, 1],
      { guides: guidesOf(0, 0.5), decay: { policy: 'toBase', rate: 0.1 } },
      2,
    );
    expect(pulled).toBeCloseTo(0.95 + 0.025 * 0.05, 6);
  });

  it('lets frozen weights take nothing from the clipping budget of free ones', async () => {
    const start = new Array<number>(1000).fill(0);
    const guides = guidesOf(...start.map((_, i) => (i < 50 ? 1 : 0)));
    const gradient = start.map(() => 1);
    const free = async (of: 'guided' | 'raw') =>
      (await after('sgd', start, gradient, { guides, clip: { maxNorm: 1, of } }))[0] ?? 0;
    expect(await free('guided')).toBeCloseTo(-0.05 / Math.sqrt(50), 6);
    expect(await free('raw')).toBeCloseTo(-0.05 / Math.sqrt(1000), 6);
  });

  it('clips what moves, guides included', async () => {
    const [left, right] = await after('adam', [0, 0], [1, 1], {
      guides: guidesOf(0.8, 0.6),
      clip: { maxNorm: 0.01, of: 'update' },
    });
    expect(left).toBeCloseTo(-0.008, 6);
    expect(right).toBeCloseTo(-0.006, 6);
  });

  it('anneals guides to 1', async () => {
    const anneal = (step: number) => Math.min(1, step / 2);
    const start = [0, 0];
    const at = async (steps: number) =>
      (await after('sgd', start, [-1, -1], { guides: guidesOf(0, 1), anneal }, steps))[0];
    expect(await at(1)).toBe(0);
    expect(await at(2)).toBeCloseTo(0.025, 6);
    expect(await at(3)).toBeCloseTo(0.075, 6);
  });

  it('gives a new head its full steps, and says so', async () => {
    const variables = new Map([...variablesOf(1), ['head.weight', tf.variable(tf.tensor1d([1]))] as const]);
    const optimizer = guideUpdates(textbookOptimizer('sgd', variables), {
      variables,
      guides: guidesOf(0).set('weight', { dtype: 'float32', shape: [1], data: Float32Array.of(0.5) }),
    });
    expect(String(optimizer.match)).toBe('variables without a guide (1): head.weight');
    optimizer.step(new Map([...variables.keys()].map((path) => [path, tf.tensor1d([1])])));
    expect((await variables.get('head.weight')?.data())?.[0]).toBeCloseTo(0.95, 6);
    expect((await variables.get('weight')?.data())?.[0]).toBeCloseTo(0.975, 6);
  });

  it('reads guides of a convolution in PyTorch layout', async () => {
    const variables = new Map([['conv.weight', tf.variable(tf.zeros([1, 1, 2, 3]))]]); // HWIO
    const guides: StateDict = new Map([
      ['conv.weight', { dtype: 'float32', shape: [3, 2, 1, 1], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ]);
    const model = { namedVariables: () => [{ path: 'conv.weight', layout: [2, 3, 1, 0] }] };
    expect(() => guideUpdates(textbookOptimizer('sgd', variables), { variables, guides })).toThrow(
      'conv.weight: the variable has [1,1,2,3], the guide [3,2,1,1]',
    );
    const optimizer = guideUpdates(textbookOptimizer('sgd', variables, 1), { variables, guides, model });
    expect(String(optimizer.match)).toBe('<All keys matched successfully>');
    optimizer.step(new Map([['conv.weight', tf.ones([1, 1, 2, 3])]]));
    expect([...((await variables.get('conv.weight')?.data()) ?? [])]).toEqual([-1, -3, -5, -2, -4, -6]);
  });

  it('refuses guides that cannot be', () => {
    const make = (guides: StateDict, extra: Partial<GuideUpdatesOptions> = {}) => {
      const variables = variablesOf(1, 2);
      return () => guideUpdates(textbookOptimizer('sgd', variables), { variables, guides, ...extra });
    };
    expect(make(guidesOf(0, Number.NaN))).toThrow('every guide must be finite and ≥ 0, got NaN in weight.');
    expect(make(guidesOf(0, -1))).toThrow('got -1 in weight');
    expect(make(guidesOf(0, 0))).toThrow('got only zeros');
    expect(make(guidesOf(1, 1, 1))).toThrow('weight: the variable has [2], the guide [3]');
    const other: StateDict = new Map([
      ['encoder.weight', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 0) }],
    ]);
    expect(make(other)).toThrow('guides of no variable (1): encoder.weight');
    expect(make(other, { strict: false })).toThrow(
      'the guides do not fit the variables; nothing was changed.',
    );
    expect(make(new Map([...other, ...guidesOf(1, 0)]))).toThrow('guides of no variable (1)');
    expect(make(new Map([...other, ...guidesOf(1, 0)]), { strict: false })).not.toThrow();
    expect(make(guidesOf(1, 0), { missing: -1 })).toThrow('missing must be a finite guide ≥ 0, got -1');
    expect(make(guidesOf(1, 0), { clip: { maxNorm: 0 } })).toThrow(
      'clip.maxNorm must be a finite number > 0, got 0',
    );
    expect(make(guidesOf(1, 0), { decay: { policy: 'guided' } })).toThrow(
      'decay.rate must be in [0, 1) for guided',
    );
    const optimizer = make(guidesOf(1, 0), { anneal: () => 2 })();
    expect(() => optimizer.step(new Map([['weight', tf.tensor1d([1, 1])]]))).toThrow(
      'anneal must give a share in [0, 1], got 2',
    );
    expect(() => optimizer.loadStateDict(new Map())).toThrow(
      'got none of guideUpdates.step. Nothing was loaded.',
    );
  });
});
