import { beforeAll, describe, expect, it } from 'vitest';
import { startWasm } from '../apps/trainer/src/engine.js';
import { tableRow } from './tables/bounds.js';
import { encoderOf, measureDraw } from './tables/measure-draw.js';
import { readReference } from './tables/reference.js';

const { tables } = readReference();
const { signal } = new AbortController();

beforeAll(async () => {
  await startWasm();
});

describe('the default fine-tuning', () => {
  // a table that is easy, one that is nothing but noise, and one with a number to predict
  for (const name of ['wine', 'noise', 'diabetes']) {
    it(`keeps the bounds against scikit-learn with 20 labels: ${name}`, async () => {
      const reference = tables[name];
      if (!reference) throw new Error(`there is no table ${name}`);
      const encoder = await encoderOf(name, reference, { steps: 150, signal });
      const draws = [];
      for (const seed of [0, 1]) {
        draws.push(await measureDraw(name, reference, { labels: '20', seed, encoder, signal }));
      }
      expect(tableRow(name, reference, '20', draws).missed).toEqual([]);
    });
  }
});
