import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, open } from '@warmstart/core-checkpoint';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromElmoHdf5 } from '../convert/elmo-keys.js';
import { elmo } from './elmo.js';
import { elmoCharacters } from './elmo-input.js';

// AllenNLP's test data (Apache-2.0) is not ours to ship: say where a copy is, and it is read.
const folder = process.env.WARMSTART_ELMO_TINY ?? '';
const isThere = folder !== '' && existsSync(join(folder, 'lm_weights.safetensors'));

beforeAll(async () => {
  await tf.setBackend('wasm');
});

async function read(name: string) {
  const file = await open(join(folder, name));
  try {
    return await file.stateDict();
  } finally {
    await file.close();
  }
}

describe.skipIf(!isThere)("AllenNLP's tiny ELMo", () => {
  it('gives the published embeddings over ten batches, its state carried on', async () => {
    const weights = await read('lm_weights.safetensors');
    const expected = await read('lm_embeddings.safetensors');
    const sentences: string[][] = JSON.parse(readFileSync(join(folder, 'sentences.json'), 'utf8'));
    const model = elmo({
      characterFeatures: 4,
      filters: [
        [1, 4],
        [2, 8],
        [3, 16],
        [4, 32],
        [5, 64],
      ],
      hiddenFeatures: 64,
      projection: 16,
      random: seededRandom(0),
    });
    expect(String(loadStateDict(model, fromElmoHdf5(weights)))).toBe('<All keys matched successfully>');
    let state: ReturnType<typeof model.layers>['state'] | undefined;
    let worst = 0;
    for (let batch = 0; batch < 10; batch++) {
      const texts = sentences.map((slot) => (slot[batch] as string).split(/\s+/).filter(Boolean));
      const characters = elmoCharacters(texts);
      const out = model.layers({ characters, state });
      state = out.state;
      const top = (await (out.layers.at(-1) as tf.Tensor).array()) as number[][][];
      for (const [slot, words] of texts.entries()) {
        const want = expected.get(`${slot}.${batch}`)?.data as Float32Array; // [2 directions, words, 16]
        for (let i = 0; i < words.length; i++) {
          for (let c = 0; c < 32; c++) {
            const reference = want[(Math.floor(c / 16) * words.length + i) * 16 + (c % 16)] as number;
            worst = Math.max(worst, Math.abs(reference - (top[slot]?.[i + 1]?.[c] as number)));
          }
        }
      }
    }
    expect(worst).toBeLessThan(1e-5);
  });
});

it.skipIf(isThere)("skips AllenNLP's tiny ELMo: set WARMSTART_ELMO_TINY to its folder to run it", () => {});
