import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { type Module, type Random, seededRandom } from '@warmstart/nn';
import { beforeAll, describe, it } from 'vitest';
import { type ParityCase, type ParityReference, parityCase, testParity } from './fixtures/parity-suite.js';
import { lastTwoMasked, seededImages, seededRows } from './fixtures/seed-model.js';
import { scbert } from './rna/scbert.js';
import { miniLm, roberta } from './text/bert.js';
import { elmo } from './text/elmo.js';
import { efficientnetB0 } from './vision/efficientnet.js';
import type { ImageClassifier } from './vision/image-classifier.js';
import { resnet18, resnet50 } from './vision/resnet.js';
import { zoo } from './zoo.js';

const asked = process.env.WARMSTART_FULL_PARITY;
const random = seededRandom(0);

const fromZoo = <Model extends Module<never, unknown>>(name: string) =>
  zoo()
    .find((entry) => entry.name === name)
    ?.create({ random }) as Model;
const images = (name: string, size: number) =>
  parityCase({
    build: () => fromZoo<ImageClassifier>(name),
    call: (model) => model.call(seededImages(size, 1)),
  });
const learning = (
  create: (options: { random: Random; dropout: number; stochasticDepth: number }) => ImageClassifier,
  batch: number,
  training: boolean,
) =>
  parityCase({
    build: () => create({ random, dropout: 0, stochasticDepth: 0 }),
    call: (model) => model.call(seededImages(64, batch), { training }),
    ...(training && { tolerance: 0.05, gradientTolerance: 0.05 }), // PyTorch's own float32 is 2 % off
  });
const robertaTokens = seededRows('input', 50263, [2, 16]).map((ids, row) =>
  ids.map((id, i) => (lastTwoMasked(2, 16)[row]?.[i] ? id + 2 : 1)),
);
const elmoInput = () => {
  const rows = seededRows('input', 261, [12, 50]);
  const ids = rows.map((letters, i) => letters.map((id) => (i < 10 ? id + 1 : 0)));
  return { characters: tf.tensor3d(ids.flat(), [2, 6, 50], 'int32') };
};

const sizes: Record<string, number> = {
  googlenet: 224,
  resnet18: 224,
  resnet34: 224,
  resnet50: 224,
  resnet101: 224,
  vgg19: 224,
  vgg19_bn: 224,
  inception_v3: 299,
  efficientnet_b0: 224,
  efficientnet_b1: 240,
  efficientnet_b2: 288,
  efficientnet_b3: 300,
  efficientnet_b4: 380,
};

const cases: Record<string, ParityCase> = {
  ...Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, images(name, size)])),
  bert_base: parityCase({
    build: () => fromZoo<ReturnType<typeof miniLm>>('bert_base'),
    call: (model) => model.call(seededRows('input', 30522, [1, 32])),
  }),
  minilm: parityCase({
    build: () => miniLm({ random }),
    call: (model) => model.call(seededRows('input', 30522, [2, 32])),
  }),
  roberta: parityCase({
    build: () => roberta({ random }),
    call: (model) => model.call({ tokens: robertaTokens, mask: lastTwoMasked(2, 16) }),
  }),
  gpt2: parityCase({
    build: () => fromZoo<ReturnType<typeof miniLm>>('gpt2'),
    call: (model) => model.call(seededRows('input', 50257, [1, 32])),
  }),
  elmo: parityCase({ build: () => elmo({ random }), call: (model) => model.call(elmoInput()) }),
  'scbert 500 genes': parityCase({
    build: () => scbert({ random, geneCount: 500 }),
    call: (model) => model.call(seededRows('input', 7, [1, 501])),
  }),
  'resnet18 gradients': learning(resnet18, 2, false),
  'resnet18 train gradients': learning(resnet18, 4, true),
  'resnet50 gradients': learning(resnet50, 2, false),
  'resnet50 train gradients': learning(resnet50, 4, true),
  'efficientnet_b0 gradients': learning(efficientnetB0, 2, false),
  'efficientnet_b0 train gradients': learning(efficientnetB0, 4, true),
  'minilm gradients': parityCase({
    build: () => miniLm({ random }),
    call: (model) => model.call(seededRows('input', 30522, [2, 32])),
  }),
};

describe.skipIf(!asked)('parity at full size', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
    await installKernels(tf);
  });
  const references: Record<string, ParityReference> = JSON.parse(
    readFileSync(new URL('fixtures/parity-full.json', import.meta.url), 'utf8'),
  );
  testParity(references, cases, (line) => process.stdout.write(`${line}\n`));
});

it.runIf(!asked)(
  'skips parity at full size: set WARMSTART_FULL_PARITY=1 to run it (minutes, 4 GB)',
  () => {},
);
