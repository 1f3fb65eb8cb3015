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
  // classes, and a number; the others take longer than a test may
  for (const name of ['wine', 'diabetes']) {
    it(`keeps the bounds against scikit-learn with 20 labels: ${name}`, async () => {
      const reference = tables[name];
      if (!reference) throw new Error(`there is no table ${name}`);
      const encoder = await encoderOf(name, reference, { steps: 150, signal });
      const draw = await measureDraw(name, reference, { labels: '20', seed: 0, encoder, signal });
      expect(tableRow(name, reference, '20', [draw]).missed).toEqual([]);
    }, 180_000);
  }
});
