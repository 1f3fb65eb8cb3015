import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { lastTwoMasked, seededRows, seededValues } from '../fixtures/seed-model.js';
import { bert } from '../text/bert.js';
import { gpt2 } from '../text/gpt2.js';
import type { SequenceModel } from '../text/sequence-model.js';
import type { TextInput } from '../text/token-input.js';
import { fromHuggingFaceBert, fromHuggingFaceDistilBert, fromHuggingFaceGpt2 } from './hugging-face.js';
import {
  bertConfigFromHuggingFace,
  gpt2ConfigFromHuggingFace,
  type HuggingFaceConfig,
} from './hugging-face-config.js';

interface Published {
  config: HuggingFaceConfig;
  keys: [key: string, dtype: 'float32', shape: number[]][];
  y: { shape: number[]; max: number; values: number[] };
}
const published: Record<string, Published> = JSON.parse(
  readFileSync(new URL('../fixtures/hugging-face.json', import.meta.url), 'utf8'),
);
const random = seededRandom(1);
const mask = lastTwoMasked(2, 9);
const tokens = seededRows('input', 50, [2, 9]);
const afterPadding = (ids: number[][], padding: number) =>
  ids.map((row, i) => row.map((id, j) => (mask[i]?.[j] ? id : padding)));
const positions = seededRows('input', 48, [2, 9]);

type Case = { model: SequenceModel<TextInput>; read: (dict: StateDict) => StateDict; input: TextInput };
const cases: Record<string, (config: HuggingFaceConfig) => Case> = {
  'bert classifier': (config) => ({
    model: bert({ ...bertConfigFromHuggingFace(config), random }),
    read: fromHuggingFaceBert,
    input: { tokens, mask, tokenTypes: seededRows('types', 2, [2, 9]) },
  }),
  'roberta classifier': (config) => ({
    model: bert({ ...bertConfigFromHuggingFace(config), random }),
    read: fromHuggingFaceBert,
    input: {
      tokens: afterPadding(
        positions.map((row) => row.map((id) => id + 2)),
        1,
      ),
      mask,
    },
  }),
  'gpt2 classifier': (config) => ({
    model: gpt2({ ...gpt2ConfigFromHuggingFace(config), random }),
    read: fromHuggingFaceGpt2,
    input: { tokens: afterPadding(positions, 49), mask },
  }),
  distilbert: (config) => ({
    model: bert({ ...bertConfigFromHuggingFace(config), random }),
    read: fromHuggingFaceDistilBert,
    input: { tokens, mask },
  }),
};

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe("transformers' files", () => {
  for (const [name, { config, keys, y }] of Object.entries(published)) {
    it(`of a ${name} load by their own configuration and names, whole, and give transformers' numbers`, async () => {
      const { model, read, input } = (cases[name] as (typeof cases)[string])(config);
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

  it('with settings that are not built here are refused', () => {
    expect(() => bertConfigFromHuggingFace({ model_type: 'albert' })).toThrow(
      'bertConfigFromHuggingFace: model_type must be bert or roberta or distilbert, got albert.',
    );
    expect(() => bertConfigFromHuggingFace({ model_type: 'bert', hidden_act: 'mish' })).toThrow(
      /the activation must be one of gelu, .*, got mish\.$/,
    );
    expect(() =>
      bertConfigFromHuggingFace({ model_type: 'bert', position_embedding_type: 'relative_key' }),
    ).toThrow('bertConfigFromHuggingFace: position_embedding_type must be absolute, got relative_key.');
    expect(() => gpt2ConfigFromHuggingFace({ model_type: 'gpt2', n_inner: 5 })).toThrow(/n_inner must be/);
  });
});
