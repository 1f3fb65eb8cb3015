import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { seededRandom } from '@warmstart/nn';
import { beforeAll, describe } from 'vitest';
import { type ParityReference, parityCase, testParity } from './fixtures/parity-suite.js';
import { lastTwoMasked, seededImages, seededRows } from './fixtures/seed-model.js';
import { scbert } from './rna/scbert.js';
import { bert, roberta } from './text/bert.js';
import { bertForPretraining } from './text/bert-pretraining.js';
import { elmo } from './text/elmo.js';
import { gpt2ForLanguageModelling } from './text/gpt2.js';
import { efficientnet } from './vision/efficientnet.js';
import { resnet } from './vision/resnet.js';
import { vgg } from './vision/vgg.js';

const references: Record<string, ParityReference> = JSON.parse(
  readFileSync(new URL('fixtures/parity.json', import.meta.url), 'utf8'),
);

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

const random = seededRandom(0);
const depths = [1, 1, 1, 1] as const;
const tinyBert = {
  random,
  features: 16,
  layerCount: 2,
  headCount: 2,
  hiddenFeatures: 32,
  vocabularySize: 50,
  positionCount: 24,
  dropout: 0,
};
const bertInput = () => ({
  tokens: seededRows('input', 50, [2, 9]),
  mask: lastTwoMasked(2, 9),
  tokenTypes: seededRows('types', 2, [2, 9]),
});
const bottleneck = () => resnet({ random, block: 'bottleneck', depths, classCount: 10, widthPerGroup: 8 });
const mobile = () =>
  efficientnet({
    random,
    classCount: 10,
    dropout: 0,
    stochasticDepth: 0,
    stages: [
      [1, 3, 1, 8, 8, 1],
      [6, 3, 2, 8, 8, 2],
      [6, 5, 2, 8, 16, 1],
    ],
  });
const robertaTokens = seededRows('input', 48, [2, 9]).map((ids, row) =>
  ids.map((id, i) => (lastTwoMasked(2, 9)[row]?.[i] ? id + 2 : 1)),
);
const elmoInput = () => {
  const ids = seededRows('input', 261, [12, 50]).map((letters, i) =>
    letters.map((id) => (i < 10 ? id + 1 : 0)),
  );
  return { characters: tf.tensor3d(ids.flat(), [2, 6, 50], 'int32') };
};

describe('parity', () => {
  testParity(references, {
    'resnet basic': parityCase({
      build: () => resnet({ random, block: 'basic', depths, classCount: 10 }),
      call: (model) => model.call(seededImages(32, 2)),
    }),
    'resnet bottleneck': parityCase({
      build: bottleneck,
      call: (model) => model.call(seededImages(32, 2)),
    }),
    'resnet bottleneck train': parityCase({
      build: bottleneck,
      call: (model) => model.call(seededImages(64, 2), { training: true }),
      gradientTolerance: 1e-2, // float32 through batch statistics
    }),
    vgg: parityCase({
      build: () =>
        vgg({
          random,
          blocks: [[4], [8, 8]],
          batchNorm: true,
          hiddenFeatures: 16,
          classCount: 10,
          dropout: 0,
        }),
      call: (model) => model.call(seededImages(32, 2)),
    }),
    efficientnet: parityCase({ build: mobile, call: (model) => model.call(seededImages(32, 2)) }),
    'efficientnet train': parityCase({
      build: mobile,
      call: (model) => model.call(seededImages(32, 2), { training: true }),
      gradientTolerance: 1e-2,
    }),
    bert: parityCase({ build: () => bert(tinyBert), call: (model) => model.encode(bertInput()) }),
    'bert pooled': parityCase({ build: () => bert(tinyBert), call: (model) => model.features(bertInput()) }),
    'bert pretraining': parityCase({
      build: () => bertForPretraining(tinyBert),
      call: (model) => model.call(bertInput()),
    }),
    roberta: parityCase({
      build: () => roberta(tinyBert),
      call: (model) => model.call({ tokens: robertaTokens, mask: lastTwoMasked(2, 9) }),
    }),
    gpt2: parityCase({
      build: () => gpt2ForLanguageModelling({ ...tinyBert }),
      call: (model) => model.call(seededRows('input', 50, [2, 9])),
    }),
    elmo: parityCase({
      build: () =>
        elmo({
          random,
          characterFeatures: 4,
          filters: [
            [1, 4],
            [2, 8],
            [3, 6],
          ],
          hiddenFeatures: 12,
          projection: 5,
        }),
      call: (model) => model.call(elmoInput()),
    }),
    scbert: parityCase({
      build: () =>
        scbert({
          random,
          geneCount: 20,
          features: 12,
          layerCount: 2,
          headCount: 3,
          headFeatures: 8,
          randomFeatures: 16,
        }),
      call: (model) => model.call(seededRows('input', 7, [2, 21])),
    }),
  });
});
