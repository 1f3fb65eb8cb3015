import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, type StateDict } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { lastTwoMasked, seededRows, seededValues } from '../fixtures/seed-model.js';
import { bert, roberta } from '../text/bert.js';
import { gpt2 } from '../text/gpt2.js';
import type { SequenceModel } from '../text/sequence-model.js';
import type { TextInput } from '../text/token-input.js';
import { fromHuggingFaceBert, fromHuggingFaceDistilBert, fromHuggingFaceGpt2 } from './hugging-face.js';

interface Published {
  keys: [key: string, dtype: 'float32', shape: number[]][];
  y: { shape: number[]; max: number; values: number[] };
}
const published: Record<string, Published> = JSON.parse(
  readFileSync(new URL('../fixtures/hugging-face.json', import.meta.url), 'utf8'),
);
const config = {
  random: seededRandom(1),
  vocabularySize: 50,
  features: 16,
  layerCount: 2,
  headCount: 2,
  positionCount: 24,
};
const hidden = { ...config, hiddenFeatures: 32 };
const mask = lastTwoMasked(2, 9);
const tokens = seededRows('input', 50, [2, 9]);
const afterPadding = (ids: number[][], padding: number) =>
  ids.map((row, i) => row.map((id, j) => (mask[i]?.[j] ? id : padding)));
const positions = seededRows('input', 48, [2, 9]);

type Case = { model: SequenceModel<TextInput>; read: (dict: StateDict) => StateDict; input: TextInput };
const cases: Record<string, () => Case> = {
  'bert classifier': () => ({
    model: bert(hidden),
    read: fromHuggingFaceBert,
    input: { tokens, mask, tokenTypes: seededRows('types', 2, [2, 9]) },
  }),
  'roberta classifier': () => ({
    model: roberta({ ...hidden, paddingId: 1 }),
    read: fromHuggingFaceBert,
    input: {
      tokens: afterPadding(
        positions.map((row) => row.map((id) => id + 2)),
        1,
      ),
      mask,
    },
  }),
  'gpt2 classifier': () => ({
    model: gpt2(config),
    read: fromHuggingFaceGpt2,
    input: { tokens: afterPadding(positions, 49), mask },
  }),
  distilbert: () => ({
    model: bert({ ...hidden, tokenTypeCount: 1, pooler: false }),
    read: fromHuggingFaceDistilBert,
    input: { tokens, mask },
  }),
};

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe("transformers' files", () => {
  for (const [name, { keys, y }] of Object.entries(published)) {
    it(`of a ${name} load by their own names, whole, and give transformers' numbers`, async () => {
      const { model, read, input } = (cases[name] as () => Case)();
      if (name.endsWith('classifier')) model.resetHead(3, seededRandom(2));
      const dict: StateDict = new Map(
        keys.map(([key, dtype, shape]) => [key, { dtype, shape, data: seededValues(key, shape) }]),
      );
      expect(String(loadStateDict(model, read(dict)))).toBe('<All keys matched successfully>');
      const output = tf.tidy(() => model.call(input));
      expect(output.shape).toEqual(y.shape);
      const got = await output.data();
      const worst = Math.max(...y.values.map((value, i) => Math.abs(value - (got[i] as number))));
      expect(worst / y.max).toBeLessThan(1e-5);
      model.dispose();
    });
  }

  it('of another family are not taken for DistilBERT', () => {
    expect(() => fromHuggingFaceDistilBert(new Map())).toThrow(
      /^fromHuggingFaceDistilBert: the file must hold transformer\.layer\.0\.attention\.q_lin\.weight, got /,
    );
  });
});
