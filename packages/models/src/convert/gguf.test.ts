import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { loadWeights, open } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { bert } from '../text/bert.js';
import { gpt2 } from '../text/gpt2.js';
import { publishedWeights, recogniseConvention } from './conventions.js';

const folder = fileURLToPath(new URL('../../fixtures/gguf/', import.meta.url));

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const networks = {
  bert: () =>
    bert({
      vocabularySize: 20,
      features: 16,
      layerCount: 2,
      headCount: 2,
      hiddenFeatures: 24,
      positionCount: 12,
      pooler: false,
      random: seededRandom(1),
    }),
  gpt2: () =>
    gpt2({
      vocabularySize: 20,
      features: 16,
      layerCount: 2,
      headCount: 2,
      positionCount: 12,
      random: seededRandom(1),
    }),
};

describe("a file of llama.cpp's", () => {
  it.each([
    ['bert', 'bert_base', 'fromGgufBert(dict)'],
    ['gpt2', 'gpt2', 'fromGgufGpt2(dict)'],
  ] as const)('gives %s the states that transformers gives', async (name, published, reader) => {
    const model = networks[name]();
    const checkpoint = await open(`${folder}${name}.gguf`);
    expect(checkpoint.format).toBe('gguf');
    const report = await loadWeights(model, checkpoint, publishedWeights(published));
    await checkpoint.close();
    expect(String(report)).toBe('<All keys matched successfully>');
    expect(report.notes).toEqual([`the file has llama.cpp's names, as ${reader} reads them`]);
    const { ids, states } = JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as {
      ids: number[][];
      states: number[];
    };
    const output = model.encode(ids);
    const values = await output.data();
    const error = Math.max(...states.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN))));
    expect(error).toBeLessThan(1e-5); // float32, sums in another order
    output.dispose();
    model.dispose();
  });

  it('is not taken for another network', () => {
    const dict: StateDict = new Map([
      ['token_embd.weight', { dtype: 'float32', shape: [1, 1], data: new Float32Array(1) }],
    ]);
    expect(recogniseConvention('gpt2', dict)).toBeUndefined();
    expect(recogniseConvention('bert_base', dict)).toBeUndefined();
  });
});
