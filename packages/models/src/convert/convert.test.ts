import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, type NamedTensor, type StateDict, stateDict } from '@warmstart/core-checkpoint';
import { deferVariables, seededRandom } from '@warmstart/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededImages, seededValues } from '../fixtures/seed-model.js';
import { scbert } from '../rna/scbert.js';
import { bert } from '../text/bert.js';
import { bertForPretraining } from '../text/bert-pretraining.js';
import { elmo } from '../text/elmo.js';
import { gpt2, gpt2ForLanguageModelling } from '../text/gpt2.js';
import { efficientnetB0 } from '../vision/efficientnet.js';
import { fromLukemelasEfficientNet, fromTimmEfficientNet } from './efficientnet-keys.js';
import { fromAllenNlpElmo, fromElmoHdf5 } from './elmo-keys.js';
import {
  fromHuggingFaceBert,
  fromHuggingFaceBertPretraining,
  fromHuggingFaceGpt2,
  fromHuggingFaceGpt2LanguageModel,
} from './hugging-face.js';
import { renameKeys } from './rename.js';
import { fromScBertCheckpoint } from './scbert-keys.js';

type Listing = [key: string, dtype: string, shape: number[]][];

const published = JSON.parse(
  readFileSync(new URL('../fixtures/published.json', import.meta.url), 'utf8'),
) as {
  timm: Record<string, { keys: Listing; y: { values: number[]; max: number } }>;
};
const random = seededRandom(1);
const matched = '<All keys matched successfully>';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

function seededDict(listing: Listing): StateDict {
  return new Map(
    listing.map(([key, dtype, shape]) => {
      const values = seededValues(key, shape);
      const data =
        dtype === 'int64' ? BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))) : values;
      return [key, { dtype, shape, data } as NamedTensor];
    }),
  );
}

const rename = (dict: StateDict, change: (key: string) => string): StateDict =>
  new Map([...dict].map(([key, tensor]) => [change(key), tensor]));

describe('fromTimmEfficientNet', () => {
  for (const [name, { keys, y }] of Object.entries(published.timm)) {
    it(`loads ${name} by timm's names and gives timm's numbers`, async () => {
      const isTensorflow = name.startsWith('tf_');
      const model = deferVariables(() =>
        efficientnetB0({ random, convention: isTensorflow ? 'tensorflow' : 'torchvision' }),
      );
      expect(String(loadStateDict(model, fromTimmEfficientNet(seededDict(keys), model)))).toBe(matched);
      const got = await tf.tidy(() => model.call(seededImages(64, 1))).data();
      const worst = Math.max(...y.values.map((value, i) => Math.abs(value - (got[i] as number))));
      expect(worst / y.max).toBeLessThan(1e-4);
      model.dispose();
    });
  }
});

describe('fromLukemelasEfficientNet', () => {
  it('finds every tensor by its name, batch counts or not', () => {
    const model = deferVariables(() => efficientnetB0({ random, convention: 'tensorflow' }));
    const listing = (published.timm.tf_efficientnet_b0 as { keys: Listing }).keys;
    let index = -1;
    let last = '';
    const dict = rename(seededDict(listing), (key) => {
      const block = key.match(/^blocks\.\d+\.\d+/)?.[0];
      if (block && block !== last) index++;
      last = block ?? last;
      const isFirst = block === 'blocks.0.0';
      return key
        .replace(/^blocks\.\d+\.\d+/, `_blocks.${index}`)
        .replace(/conv_stem/, '_conv_stem')
        .replace(/conv_head/, '_conv_head')
        .replace(/^classifier/, '_fc')
        .replace(/^bn1/, '_bn0')
        .replace(/^bn2/, '_bn1')
        .replace(/se\.conv_(reduce|expand)/, '_se_$1')
        .replace('conv_dw', '_depthwise_conv')
        .replace('conv_pwl', '_project_conv')
        .replace('conv_pw', isFirst ? '_project_conv' : '_expand_conv')
        .replace(
          /(\.\d+)\.bn(\d)/,
          (_, at: string, norm: string) => `${at}._bn${isFirst ? norm : Number(norm) - 1}`,
        );
    });
    for (const key of [...dict.keys()]) if (key.endsWith('num_batches_tracked')) dict.delete(key);
    expect([...dict.keys()].slice(1, 2)).toEqual(['_bn0.weight']);
    expect(String(loadStateDict(model, fromLukemelasEfficientNet(dict, model)))).toBe(matched);
    model.dispose();
  });
});

const tiny = { random, features: 8, layerCount: 1, headCount: 2, vocabularySize: 11, positionCount: 12 };

describe('fromHuggingFaceBert', () => {
  it('takes legacy names, prefix, position ids and heads', async () => {
    const full = bertForPretraining(tiny);
    const legacy = rename(await stateDict(full), (key) =>
      key.replace(/LayerNorm\.weight/, 'LayerNorm.gamma').replace(/LayerNorm\.bias/, 'LayerNorm.beta'),
    );
    legacy.delete('cls.predictions.decoder.weight');
    legacy.delete('cls.predictions.decoder.bias');
    legacy.set('bert.embeddings.position_ids', {
      dtype: 'int64',
      shape: [1, 12],
      data: new BigInt64Array(12),
    });
    const encoder = bert(tiny);
    expect(String(loadStateDict(encoder, fromHuggingFaceBert(legacy)))).toBe(matched);
    expect(String(loadStateDict(encoder, fromHuggingFaceBert(await stateDict(encoder))))).toBe(matched);
    const again = bertForPretraining({ ...tiny, random: seededRandom(9) });
    expect(String(loadStateDict(again, fromHuggingFaceBertPretraining(legacy)))).toBe(matched);
    expect(await stateDict(again)).toEqual(await stateDict(full));
    expect(() =>
      fromHuggingFaceBertPretraining(new Map([['x', legacy.values().next().value as NamedTensor]])),
    ).toThrow(
      'fromHuggingFaceBertPretraining: the file must hold bert.* and cls.predictions.bias, got x, … ' +
        'Use fromHuggingFaceBert for the encoder alone.',
    );
  });
});

describe('fromHuggingFaceGpt2', () => {
  it('takes files with and without prefix, masks and head', async () => {
    const { features, layerCount, headCount, vocabularySize, positionCount } = tiny;
    const config = { random, features, layerCount, headCount, vocabularySize, positionCount };
    const full = gpt2ForLanguageModelling(config);
    const file = await stateDict(full);
    file.set('transformer.h.0.attn.bias', { dtype: 'float32', shape: [1], data: new Float32Array(1) });
    const model = gpt2({ ...config, random: seededRandom(3) });
    expect(String(loadStateDict(model, fromHuggingFaceGpt2(file)))).toBe(matched);
    expect(String(loadStateDict(model, fromHuggingFaceGpt2(await stateDict(model))))).toBe(matched);
    const again = gpt2ForLanguageModelling({ ...config, random: seededRandom(4) });
    expect(String(loadStateDict(again, fromHuggingFaceGpt2LanguageModel(await stateDict(model))))).toBe(
      matched,
    );
    expect(await stateDict(again)).toEqual(await stateDict(full));
  });
});

describe('fromAllenNlpElmo and fromElmoHdf5', () => {
  const config = {
    characterFeatures: 2,
    filters: [[1, 3]] as const,
    hiddenFeatures: 4,
    projection: 3,
    random,
  };

  it('finds ELMo inside a larger model', async () => {
    const model = elmo(config);
    const file = rename(
      await stateDict(model),
      (key) => `text_field_embedder.token_embedder_elmo._elmo.${key}`,
    );
    file.set('encoder._module.weight_ih_l0', { dtype: 'float32', shape: [1], data: new Float32Array(1) });
    expect(String(loadStateDict(model, fromAllenNlpElmo(file)))).toBe(matched);
  });

  it('says what a weight file must hold', () => {
    expect(() => fromElmoHdf5(new Map())).toThrow(/^fromElmoHdf5: the file must hold char_embed, got/);
  });
});

describe('fromScBertCheckpoint', () => {
  it('drops what data-parallel training added', async () => {
    const model = scbert({ random, geneCount: 4, features: 6, layerCount: 1, headCount: 2, headFeatures: 4 });
    const file = rename(await stateDict(model), (key) => `module.${key}`);
    expect(file.get('module.pos_emb.emb.weight')?.dtype).toBe('float64');
    expect(String(loadStateDict(model, fromScBertCheckpoint(file)))).toBe(matched);
  });
});

describe('renameKeys', () => {
  it('refuses two tensors under one name', () => {
    const tensor = { dtype: 'float32', shape: [1], data: new Float32Array(1) };
    const dict = new Map([
      ['a.x', tensor],
      ['b.x', tensor],
    ]);
    expect(() => renameKeys(dict, [[/^[ab]\./, '']])).toThrow(
      'renameKeys: names must stay distinct, got x twice.',
    );
  });
});
