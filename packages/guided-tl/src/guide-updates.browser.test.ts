import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { textbookOptimizer } from '../fixtures/optimizers.js';
import { guideContract } from './guide-contract.js';
import { guideUpdates } from './guide-updates.js';
import { guides } from './guides.js';
import { openGuides, saveGuides } from './guides-file.js';
import { scout } from './scout.js';

beforeAll(async () => {
  expect(await tf.setBackend('webgpu')).toBe(true);
});

for (const rule of ['sgd', 'adamW'] as const) {
  describe(`guideUpdates over ${rule} on WebGPU`, () => {
    const cases = guideContract(({ variables, guides: values }) => {
      const bare = textbookOptimizer(rule, variables);
      return values ? guideUpdates(bare, { variables, guides: values }) : bare;
    });
    for (const { name, run } of cases) it(name, run);
  });
}

describe('scout in a browser', () => {
  it('makes guides that open again', async () => {
    const base = new Map([['weight', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]]);
    const made = guides(
      await scout({
        base,
        subproblems: [1, 2, 4],
        seed: 1,
        train: async ({ subproblem }) =>
          new Map([['weight', { dtype: 'float32', shape: [2], data: Float32Array.of(subproblem, 2) }]]),
      }),
    );
    const opened = await openGuides(await saveGuides(made), { base });
    expect([...(opened.guides.get('weight')?.data ?? [])]).toEqual([2, 0]); // a mean of 1, all of it in the weight that moved
  });
});
