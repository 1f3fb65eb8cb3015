import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { rules, textbookOptimizer } from '../fixtures/optimizers.js';
import { guideContract } from './guide-contract.js';
import { guideUpdates } from './guide-updates.js';

beforeAll(async () => {
  expect(await tf.setBackend('wasm')).toBe(true);
});

for (const rule of rules) {
  describe(`guideUpdates over ${rule} on WASM`, () => {
    const cases = guideContract(({ variables, guides }) => {
      const bare = textbookOptimizer(rule, variables);
      return guides ? guideUpdates(bare, { variables, guides }) : bare;
    });
    for (const { name, run } of cases) it(name, run);
  });
}
