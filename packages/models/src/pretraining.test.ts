import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { installKernels } from '@warmstart/kernels';
import { crossEntropy, type Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import { hideValues, maskedLoss, maskPatches, maskTokens } from '@warmstart/ssl-masking';
import { beforeAll, describe, expect, it } from 'vitest';
import { scbert } from './rna/scbert.js';
import { roberta } from './text/bert.js';
import { bertForPretraining } from './text/bert-pretraining.js';
import { elmo } from './text/elmo.js';
import { elmoCharacters } from './text/elmo-input.js';
import { gpt2ForLanguageModelling } from './text/gpt2.js';
import { efficientnet } from './vision/efficientnet.js';
import { googlenet } from './vision/googlenet.js';
import type { ImageClassifier } from './vision/image-classifier.js';
import { inceptionV3 } from './vision/inception-v3.js';
import { pixelDecoder } from './vision/pixel-decoder.js';
import { resnet } from './vision/resnet.js';
import { vgg } from './vision/vgg.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

type AnyModel = Module<never, unknown>;

/** Trains: losses must be finite, the last ones a share of the first over 100 steps, and no tensor may stay behind. */
async function learn(
  models: readonly AnyModel[],
  loss: (step: number) => tf.Scalar,
  { steps = 100, rate = 0.01, share = 0.7 }: { steps?: number; rate?: number; share?: number } = {},
): Promise<void> {
  const variables = models.flatMap((model) =>
    [...model.namedVariables()].filter(({ kind }) => kind === 'parameter').map(({ variable }) => variable),
  );
  const optimizer = tf.train.adam(rate, 0.9, 0.999, 1e-7);
  const losses: number[] = [];
  let before = 0;
  for (let step = 0; step < steps; step++) {
    const value = optimizer.minimize(() => loss(step), true, variables) as tf.Scalar;
    losses.push((await value.data())[0] as number);
    value.dispose();
    if (step === 0) before = tf.memory().numTensors;
  }
  expect(tf.memory().numTensors).toBe(before);
  for (const model of models) model.dispose();
  expect(losses.every(Number.isFinite)).toBe(true);
  if (steps < 100) return; // of the large networks: whether they can be trained, not how far
  const ends = 10;
  const mean = (part: number[]) => part.reduce((sum, value) => sum + value, 0) / part.length;
  expect(mean(losses.slice(-ends))).toBeLessThan(share * mean(losses.slice(0, ends)));
}

/** Two images whose halves mirror each other, so that what is hidden can be told from what is seen. */
function images(side: number): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.reshape(tf.sin(tf.mul(tf.range(0, side), 0.3)), [1, side, 1, 1]);
    const tint = tf.reshape(tf.tensor1d([1, 0.5, -1, -1, 1, 0.3]), [2, 1, 1, 3]);
    return tf.add(tf.mul(tf.tile(rows, [2, 1, side, 1]), tint), tint) as tf.Tensor4D;
  });
}

const random = seededRandom(1);
const networks: Record<
  string,
  {
    build: (options: { random: Random }) => ImageClassifier;
    channels: number;
    side: number;
    stride?: number;
    steps?: number;
  }
> = {
  vgg: {
    build: (options) => vgg({ ...options, blocks: [[4], [8]], hiddenFeatures: 4, batchNorm: true }),
    channels: 8,
    side: 32,
    stride: 4,
  },
  resnet: {
    build: (options) => resnet({ ...options, block: 'bottleneck', depths: [1, 1, 1, 1], widthPerGroup: 4 }),
    channels: 2048,
    side: 32,
    steps: 5,
  },
  efficientnet: {
    build: (options) =>
      efficientnet({
        ...options,
        stages: [
          [1, 3, 1, 8, 8, 1],
          [6, 5, 2, 8, 16, 2],
        ],
      }),
    channels: 64,
    side: 32,
    stride: 4,
  },
  googlenet: {
    build: (options) => googlenet({ ...options, auxiliary: false }),
    channels: 1024,
    side: 32,
    steps: 3,
  },
  'inception v3': {
    build: (options) => inceptionV3({ ...options, auxiliary: false }),
    channels: 2048,
    side: 80,
    steps: 2,
  },
};

// Steps of the image networks, by hand: WARMSTART_STEPS=100 (minutes); the large ones take few otherwise
const askedSteps = process.env.WARMSTART_STEPS ? Number(process.env.WARMSTART_STEPS) : undefined;

describe('masked images', { timeout: 900_000 }, () => {
  for (const [name, { build, channels, side, stride = 32, steps = 100 }] of Object.entries(networks)) {
    it(`${name} learns to paint hidden patches, and leaves no tensor behind`, async () => {
      const encoder = build({ random });
      const imageSize: [number, number] = [side, side];
      const decoder = pixelDecoder({ random, inChannels: channels, stride, hiddenFeatures: 16, imageSize });
      const x = images(side);
      const loss = (step: number) =>
        tf.tidy(() => {
          const { pixelMask } = maskPatches(x.shape, {
            patchSize: side / 4,
            maskRatio: 0.5,
            random: seededRandom(3, 'mask', step),
          });
          const options = { training: true, random: seededRandom(3, 'drop', step) };
          const painted = decoder.call(encoder.featureMap(hideValues(x, pixelMask), options));
          return maskedLoss(painted, x, tf.cast(tf.tile(tf.cast(pixelMask, 'int32'), [1, 1, 1, 3]), 'bool'));
        });
      await learn([encoder, decoder], loss, { steps: askedSteps ?? steps, rate: 0.01, share: 0.9 });
      x.dispose();
    });
  }
});

const tiny = {
  random,
  features: 16,
  layerCount: 1,
  headCount: 2,
  vocabularySize: 11,
  positionCount: 12,
  dropout: 0.1,
};
/** Texts that count up, so that a hidden token follows from its neighbours. */
const texts = [0, 1, 2, 3].map((row) => Array.from({ length: 8 }, (_, i) => 2 + ((row + i) % 8)));

describe('masked tokens', { timeout: 300_000 }, () => {
  it("BERT's head learns to name hidden tokens", async () => {
    const model = bertForPretraining(tiny);
    const loss = (step: number) =>
      tf.tidy(() => {
        const { input, target, mask } = maskTokens(texts.flat(), [4, 8], {
          maskId: 1,
          vocabularySize: 11,
          specialIds: [0],
          random: seededRandom(5, 'mask', step),
        });
        const options = { training: true, random: seededRandom(5, 'drop', step) };
        return maskedLoss(model.call(input, options), target, mask, { kind: 'cross-entropy' });
      });
    await learn([model], loss, { share: 0.8 });
  });

  it("scBERT's head learns the bins of hidden genes", async () => {
    const model = scbert({
      random,
      geneCount: 8,
      features: 16,
      layerCount: 1,
      headCount: 2,
      headFeatures: 8,
    });
    const cells = [0, 1, 2, 3].flatMap((row) => [
      ...Array.from({ length: 8 }, (_, i) => 1 + ((row + i) % 5)),
      0,
    ]);
    const loss = (step: number) =>
      tf.tidy(() => {
        const { input, target, mask } = maskTokens(cells, [4, 9], {
          maskId: 6,
          vocabularySize: 7,
          specialIds: [0],
          random: seededRandom(5, 'mask', step),
          replace: { mask: 0.9, random: 0, keep: 0.1 },
        });
        return maskedLoss(model.call(input), target, mask, { kind: 'cross-entropy' });
      });
    await learn([model], loss);
  });

  it("GPT-2's head learns the next token", async () => {
    const model = gpt2ForLanguageModelling(tiny);
    const next = tf.tensor2d(
      texts.map((row) => row.slice(1)),
      [4, 7],
      'int32',
    );
    const loss = (step: number) =>
      tf.tidy(() => {
        const options = { training: true, random: seededRandom(5, 'drop', step) };
        return crossEntropy(
          model.call(
            texts.map((row) => row.slice(0, -1)),
            options,
          ),
          next,
        ) as tf.Scalar;
      });
    await learn([model], loss);
    next.dispose();
  });
});

describe('a classifier', { timeout: 300_000 }, () => {
  const labels = [0, 1];
  const classify = (
    model: { resetHead: (count: number, random: Random) => void } & AnyModel,
    call: () => tf.Tensor,
  ) => {
    model.resetHead(2, random);
    return learn([model], () => crossEntropy(call(), tf.tensor1d(labels, 'int32')) as tf.Scalar);
  };

  it('learns on RoBERTa and on ELMo', async () => {
    const encoder = roberta({ ...tiny, dropout: 0 });
    await classify(encoder, () => encoder.call(texts.slice(0, 2)));
    const config = {
      characterFeatures: 4,
      filters: [[2, 8]] as const,
      hiddenFeatures: 8,
      projection: 6,
      random,
    };
    const words = elmo({ ...config, dropout: 0 });
    const characters = elmoCharacters([['good'], ['bad']]);
    await classify(words, () => words.call({ characters }));
    characters.dispose();
  });
});
