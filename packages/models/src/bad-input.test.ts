import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, stateDict } from '@warmstart/core-checkpoint';
import { installKernels } from '@warmstart/kernels';
import { deferVariables, freezeBatchNorm } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromAllenNlpElmo } from './convert/elmo-keys.js';
import { scbert } from './rna/scbert.js';
import { bert, roberta } from './text/bert.js';
import { elmo } from './text/elmo.js';
import { elmoCharacters } from './text/elmo-input.js';
import { gpt2 } from './text/gpt2.js';
import { googlenet } from './vision/googlenet.js';
import { inceptionV3 } from './vision/inception-v3.js';
import { pixelDecoder } from './vision/pixel-decoder.js';
import { resnet } from './vision/resnet.js';

const random = seededRandom(1);
const tiny = { random, features: 8, layerCount: 1, headCount: 2, vocabularySize: 11, positionCount: 12 };
const smallResNet = () =>
  resnet({ random, block: 'bottleneck', depths: [1, 1, 1, 1], classCount: 3, widthPerGroup: 8 });

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

/** The sum of each tensor: comparing millions of numbers one by one would take minutes. */
async function digest(model: Parameters<typeof stateDict>[0]): Promise<[string, number][]> {
  return [...(await stateDict(model))].map(([key, { data }]) => {
    let sum = 0;
    for (const value of data) sum += Number(value);
    return [key, sum];
  });
}

describe('bad input', () => {
  it('is refused before anything is computed: images', () => {
    const network = deferVariables(() => inceptionV3({ random, auxiliary: false }));
    const before = tf.memory().numTensors;
    expect(() => network.call(tf.zeros([1, 64, 64, 3]))).toThrow(
      'InceptionV3: images must be [batch, height, width, 3] with sides of at least 75, got [1,64,64,3].',
    );
    expect(() => network.features(tf.zeros([1, 3, 299, 299]))).toThrow(
      /got \[1,3,299,299\]\. Channels come last here: tf\.transpose\(x, \[0, 2, 3, 1\]\)\.$/,
    );
    expect(() => network.call(tf.zeros([299, 299, 3]))).toThrow(/a batch of one: tf\.expandDims\(x, 0\)\.$/);
    expect(() => network.featureMap(tf.zeros([1, 299, 299, 3], 'int32'))).toThrow(
      /got int32 \[1,299,299,3\]\. Pixels go through prepareImages first\.$/,
    );
    expect(() => network.call(tf.zeros([0, 299, 299, 3]))).toThrow(/got \[0,299,299,3\]\.$/);
    expect(tf.memory().numTensors).toBe(before + 5); // the images; no weight was made
    expect(() => network.callWithAuxiliary(tf.zeros([1, 299, 299, 3]))).toThrow(
      'InceptionV3: there is no auxiliary head. Build it with { auxiliary: true }.',
    );
    const withHead = deferVariables(() => inceptionV3({ random }));
    expect(() => withHead.callWithAuxiliary(tf.zeros([1, 224, 224, 3]))).toThrow(
      /sides of at least 299, got \[1,224,224,3\]\.$/,
    );
    const other = deferVariables(() => googlenet({ random, auxiliary: false }));
    expect(() => other.callWithAuxiliary(tf.zeros([1, 224, 224, 3]))).toThrow(
      'GoogLeNet: there are no auxiliary heads. Build it with { auxiliary: true }.',
    );
  });

  it('is refused before anything is computed: texts', () => {
    const network = deferVariables(() => bert(tiny));
    expect(() => network.call([[1, 11]])).toThrow(
      'tokenIds: ids must be whole numbers from 0 to 10, got 11 in row 0, position 1. ' +
        'Does the tokenizer belong to this model?',
    );
    expect(() => network.call([new Array(13).fill(1)])).toThrow(
      'tokenIds: the model takes at most 12 tokens, got 13 in row 0. Truncate it.',
    );
    expect(() => network.call([[1, 2], [1]])).toThrow(
      'tokenIds: all rows must have one length, got 2 and, in row 1, 1. Pad them.',
    );
    expect(() => network.call(tf.zeros([1, 13], 'int32'))).toThrow(
      'Bert: the model takes at most 12 tokens, got 13. Truncate the texts.',
    );
    expect(() => network.call(tf.zeros([1, 2]))).toThrow(
      'Bert: tokens must be int32 [batch, length], got float32 [1,2].',
    );
    expect(() => network.call({ tokens: [[1, 2]], mask: [[1]] })).toThrow(
      'Bert: mask must be [1,2] like tokens, got [1,1].',
    );
    expect(() => network.call({ tokens: [[1, 2]], tokenTypes: [[0, 2]] })).toThrow(/from 0 to 1, got 2/);
    expect(deferVariables(() => roberta(tiny)).longest).toBe(10);
    expect(() => network.call([])).toThrow('tokenIds: there must be a row with a token, got none.');
    expect(() => network.call(tf.zeros([0, 3], 'int32'))).toThrow(
      'Bert: there must be a text with a token, got tokens of [0,3].',
    );
    expect(() => network.call('good film' as never)).toThrow(
      'Bert: the input must be rows of token ids, an int32 tensor, or { tokens, mask } as a tokenizer gives them, ' +
        'got string. Encode texts with a tokenizer of @warmstart/tokenizers.',
    );
    expect(() => network.call(['good film'] as never)).toThrow(
      'tokenIds: rows must be lists of ids, one for each example, e.g. [[5, 2], [7, 0]].',
    );
    expect(() => bert({ ...tiny, layerCount: -1 })).toThrow(
      /layerCount must be a whole number of at least 1/,
    );
    expect(() => bert({ ...tiny, random: undefined as never })).toThrow(
      "random must be a function that draws numbers from 0 to 1, got undefined. Use seededRandom(1, 'init').",
    );
    expect(() => gpt2({ ...tiny, headCount: 3 })).toThrow('gpt2: headCount must divide features 8, got 3.');
    const causal = deferVariables(() => gpt2(tiny));
    expect(() => causal.call([[99]])).toThrow(/from 0 to 10, got 99/);
    expect(() => causal.call({ tokens: [[1]], tokenTypes: [[0]] })).toThrow(
      'Gpt2: there are no token types in this network. Leave tokenTypes out.',
    );
  });

  it('is refused before anything is computed: cells and characters', () => {
    const network = deferVariables(() =>
      scbert({ random, geneCount: 3, features: 4, headCount: 1, layerCount: 1 }),
    );
    expect(() => network.call([[0, 1, 2]])).toThrow(
      'ScBert: cells must be int32 [batch, 4], one level per gene and a zero, got int32 [1,3].',
    );
    expect(() => network.call([[0, 1, 7, 0]])).toThrow(/from 0 to 6, got 7/);
    const words = deferVariables(() => elmo({ random }));
    expect(() => words.call({ characters: tf.zeros([1, 2]) })).toThrow(
      'Elmo: characters must be int32 [batch, words, letters] with at least 7 letters, got float32 [1,2]. ' +
        'Make them with elmoCharacters.',
    );
    const characters = tf.zeros([1, 2, 50], 'int32');
    const stateOf = (batch: number) => ({ hidden: tf.zeros([batch, 512]), cell: tf.zeros([batch, 4096]) });
    const untouched = tf.memory().numTensors;
    expect(() => words.call({ characters, state: [stateOf(1)] })).toThrow(
      'Elmo: state must hold 4 states, of each direction of each layer, got 1.',
    );
    expect(() => words.call({ characters, state: [1, 1, 1, 2].map(stateOf) })).toThrow(
      'Elmo: states must be [1,512] and [1,4096], got [2,512] and [2,4096]. ' +
        'Go on with a batch of as many texts, or leave the state out.',
    );
    expect(tf.memory().numTensors).toBe(untouched + 10); // the states; no weight was made
    expect(() => words.call(characters as never)).toThrow(/must be { characters }, from elmoCharacters/);
    expect(() => elmoCharacters(['a dog'] as never)).toThrow(
      "elmoCharacters: sentences must be lists of words, e.g. [['a', 'dog']], got string.",
    );
    expect(() => fromAllenNlpElmo(new Map())).toThrow(/^fromAllenNlpElmo: the file must hold _elmo_lstm/);
    expect(() => elmoCharacters([])).toThrow('elmoCharacters: sentences must not be empty, got none.');
  });

  it('is refused before anything is written: a checkpoint of another width', async () => {
    const model = smallResNet();
    const other = resnet({
      random,
      block: 'bottleneck',
      depths: [1, 1, 1, 1],
      classCount: 3,
      widthPerGroup: 16,
    });
    const before = await digest(model);
    expect(() => loadStateDict(model, new Map())).toThrow();
    const wide = await stateDict(other);
    expect(() => loadStateDict(model, wide)).toThrow(/layer1\.0\.conv1\.weight/);
    expect(await digest(model)).toEqual(before);
    model.dispose();
    other.dispose();
  });
});

describe('training', () => {
  it('keeps the tensor count over 100 steps, and frozen statistics where they were', async () => {
    const model = bert({ ...tiny, dropout: 0.1 });
    model.resetHead(2, random);
    const labels = tf.tensor1d([0, 1], 'int32');
    const optimizer = tf.train.sgd(0.1);
    const step = (at: number) =>
      optimizer.minimize(() => {
        const options = { training: true, random: seededRandom(7, 'dropout', at) };
        const logits = model.call(
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          options,
        );
        return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 2), logits);
      });
    step(0);
    const before = tf.memory().numTensors;
    for (let at = 1; at <= 100; at++) step(at);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it('moves batch norm statistics unless frozen, and paints images from its map', async () => {
    const model = smallResNet();
    const decoder = pixelDecoder({ random, inChannels: model.featureCount, hiddenFeatures: 4 });
    const x = tf.randomUniform([2, 64, 64, 3], -1, 1, 'float32', 3);
    const statistics = async () => (await stateDict(model)).get('layer4.0.bn3.running_mean')?.data;
    const run = () => tf.tidy(() => decoder.call(model.featureMap(x, { training: true })));
    const start = await statistics();
    expect(freezeBatchNorm(model)).toHaveLength(17);
    const first = run();
    expect(first.shape).toEqual([2, 64, 64, 3]);
    expect(await statistics()).toEqual(start);
    freezeBatchNorm(model, { frozen: false });
    run().dispose();
    expect(await statistics()).not.toEqual(start);
    first.dispose();
    model.dispose();
  });
});
