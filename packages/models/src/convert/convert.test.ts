import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, stateDict } from '@warmstart/core-checkpoint';
import { deferVariables } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededImages, seededValues } from '../fixtures/seed-model.js';
import { scbert } from '../rna/scbert.js';
import { bert } from '../text/bert.js';
import { bertForPretraining } from '../text/bert-pretraining.js';
import { elmo } from '../text/elmo.js';
import { gpt2, gpt2ForLanguageModelling } from '../text/gpt2.js';
import { efficientnetB0 } from '../vision/efficientnet.js';
import { modelKeys } from '../zoo.js';
import { recogniseConvention } from './conventions.js';
import { fromLukemelasEfficientNet, fromTimmEfficientNet } from './efficientnet-keys.js';
import { fromAllenNlpElmo, fromElmoHdf5 } from './elmo-keys.js';
import {
  fromHuggingFaceBert,
  fromHuggingFaceBertPretraining,
  fromHuggingFaceGpt2,
  fromHuggingFaceGpt2LanguageModel,
} from './hugging-face.js';
import { fromKerasInceptionV3 } from './keras-inception.js';
import { renameKeys } from './rename.js';
import { fromScBertCheckpoint } from './scbert-keys.js';

type Listing = [key: string, dtype: string, shape: number[]][];

const published = JSON.parse(
  readFileSync(new URL('../fixtures/published.json', import.meta.url), 'utf8'),
) as {
  timm: Record<string, { keys: Listing; y: { values: number[]; max: number } }>;
  lukemelas: Record<string, { keys: Listing; y: { values: number[]; max: number } }>;
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
  const lite = { activation: 'relu6', squeezeExcitation: false, fixedEnds: true } as const;
  for (const [name, { keys, y }] of Object.entries(published.lukemelas)) {
    it(`loads ${name} by its own names, batch counts or not, and gives its numbers`, async () => {
      const own = name.includes('lite') ? lite : {};
      const model = deferVariables(() => efficientnetB0({ random, convention: 'tensorflow', ...own }));
      const dict = seededDict(keys);
      expect(String(loadStateDict(model, fromLukemelasEfficientNet(dict, model)))).toBe(matched);
      for (const key of [...dict.keys()]) if (key.endsWith('num_batches_tracked')) dict.delete(key);
      expect(String(loadStateDict(model, fromLukemelasEfficientNet(dict, model)))).toBe(matched);
      const got = await tf.tidy(() => model.call(seededImages(64, 1))).data();
      const worst = Math.max(...y.values.map((value, i) => Math.abs(value - (got[i] as number))));
      expect(worst / y.max).toBeLessThan(1e-4);
      model.dispose();
    });
  }
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

  it("reads the original file's names, joined by dots or by slashes", async () => {
    const tensor = (...shape: number[]): NamedTensor => {
      const size = shape.reduce((product, length) => product * length, 1);
      return { dtype: 'float32', shape, data: Float32Array.from({ length: size }, (_, i) => i) };
    };
    const file: StateDict = new Map([
      ['char_embed', tensor(261, 2)],
      ['CNN/W_cnn_0', tensor(1, 1, 2, 3)],
      ['CNN/b_cnn_0', tensor(3)],
      ['CNN_high_0/W_carry', tensor(3, 3)],
      ['CNN_high_0/W_transform', tensor(3, 3)],
      ['CNN_high_0/b_carry', tensor(3)],
      ['CNN_high_0/b_transform', tensor(3)],
      ['CNN_proj/W_proj', tensor(3, 3)],
      ['CNN_proj/b_proj', tensor(3)],
    ]);
    for (const side of [0, 1]) {
      const cell = `RNN_${side}/RNN/MultiRNNCell/Cell0/LSTMCell`;
      file.set(`${cell}/W_0`, tensor(6, 16)).set(`${cell}/B`, tensor(16)).set(`${cell}/W_P_0`, tensor(4, 3));
    }
    const dotted = fromElmoHdf5(rename(file, (key) => key.replaceAll('/', '.')));
    expect(dotted).toEqual(fromElmoHdf5(file));
    const model = elmo({ ...config, highwayCount: 1, layerCount: 1 });
    expect(String(loadStateDict(model, dotted))).toBe(matched);
    // gates from input, cell, forget, output to input, forget, cell, output; and 1 more on forget
    expect(dotted.get('_elmo_lstm._elmo_lstm.forward_layer_0.state_linearity.bias')?.data).toEqual(
      Float32Array.from([0, 1, 2, 3, 9, 10, 11, 12, 4, 5, 6, 7, 12, 13, 14, 15]),
    );
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

describe('recogniseConvention', () => {
  const listingOf = (name: string): Listing =>
    modelKeys(name).map(({ key, dtype, shape }) => [key, dtype, [...shape]]);
  const standIns = (listing: Listing): StateDict =>
    new Map(listing.map(([key, dtype, shape]) => [key, { dtype, shape, data: new Float32Array(0) }]));
  const readerOf = (name: string, dict: StateDict) => recogniseConvention(name, dict)?.convention.reader;

  it('finds whose names a file has, from names and shapes alone', () => {
    const { keys } = published.timm.efficientnet_b0 as { keys: Listing };
    const timm = recogniseConvention('efficientnet_b0', standIns(keys));
    expect(timm?.convention.reader).toBe('fromTimmEfficientNet(dict, model)');
    expect([...(timm?.stateDict ?? [])].map(([key]) => key).sort()).toEqual(
      listingOf('efficientnet_b0')
        .map(([key]) => key)
        .sort(),
    );
    const lukemelas = published.lukemelas['efficientnet-b0'] as { keys: Listing };
    expect(readerOf('efficientnet_b0', standIns(lukemelas.keys))).toBe(
      'fromLukemelasEfficientNet(dict, model)',
    );
    const bertNames = standIns(listingOf('bert_base').map(([key, ...rest]) => [`bert.${key}`, ...rest]));
    expect(readerOf('bert_base', bertNames)).toBe('fromHuggingFaceBert(dict)');
    const elmoNames = rename(standIns(listingOf('elmo')), (key) => `embedder._elmo.${key}`);
    expect(readerOf('elmo', elmoNames)).toBe('fromAllenNlpElmo(dict)');
  });

  it("leaves a network's own names, and names of nothing known, as they are", () => {
    for (const name of ['efficientnet_b0', 'bert_base', 'gpt2', 'elmo', 'scbert', 'resnet18']) {
      expect(recogniseConvention(name, standIns(listingOf(name)))).toBeUndefined();
    }
    expect(recogniseConvention('inception_v3', standIns(listingOf('bert_base')))).toBeUndefined();
  });
});

describe('fromKerasInceptionV3', () => {
  const bricks = modelKeys('inception_v3').filter(
    ({ key }) => key.endsWith('.conv.weight') && !key.startsWith('AuxLogits'),
  );
  const file = (name: (layer: string, role: string, at: number) => string): StateDict => {
    const empty = { dtype: 'float32', data: new Float32Array(0) };
    const dict: StateDict = new Map();
    for (const [index, { shape }] of bricks.entries()) {
      const [outs = 0, ins = 0, height = 0, width = 0] = shape;
      const layer = index === 0 ? '' : `_${index}`;
      dict.set(name(`conv2d${layer}`, 'kernel', 0), { ...empty, shape: [height, width, ins, outs] });
      for (const [at, role] of ['beta', 'moving_mean', 'moving_variance'].entries())
        dict.set(name(`batch_normalization${layer}`, role, at), { ...empty, shape: [outs] });
    }
    dict.set(name('predictions', 'kernel', 0), { ...empty, shape: [2048, 1000] });
    return dict.set(name('predictions', 'bias', 1), { ...empty, shape: [1000] });
  };

  it("reads the names of TensorFlow.js, of Keras 2's .h5 and of Keras 3's, head and all", () => {
    const wanted = modelKeys('inception_v3').filter(({ key }) => !key.startsWith('AuxLogits'));
    for (const names of [
      file((layer, role) => `${layer}/${role}`),
      file((layer, role) => `model_weights.${layer}.${layer}.${role}:0`),
      file((layer, _, at) => `layers.${layer}.vars.${at}`),
    ]) {
      const read = [...fromKerasInceptionV3(names)].map(([key, { shape }]) => [key, shape]);
      expect(Object.fromEntries(read)).toEqual(
        Object.fromEntries(wanted.map(({ key, shape }) => [key, shape])),
      );
      expect(recogniseConvention('inception_v3', names)?.convention.whose).toBe("Keras'");
    }
    expect(() => fromKerasInceptionV3(new Map())).toThrow(
      /must be 94 convolutions and batch norms, got 0 and 0/,
    );
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
