// `npm run bench -- finetune-heads`: an epoch of a new head on a frozen encoder, its features computed once,
// against running the encoder again each epoch. WASM with the kernels.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { cacheFeatures, linearHead, selectVariables } from '@warmstart/finetune-heads';
import { installKernels } from '@warmstart/kernels';
import { autoencoder, resnet18 } from '@warmstart/models';
import { crossEntropy } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { adamW, fit } from '@warmstart/training';

const batchSize = 16;
const classCount = 10;

const tasks = [
  {
    title: 'ResNet-18, 64 px',
    exampleCount: 64,
    shape: [64, 64, 3],
    width: 512,
    epochs: { cached: 40, live: 1 },
    encoder: () => {
      const model = resnet18({ random: seededRandom(0, 'encoder') });
      return { call: (x) => model.features(x), dispose: () => model.dispose() };
    },
  },
  {
    title: 'MLP 784-256-128',
    exampleCount: 512,
    shape: [784],
    width: 128,
    epochs: { cached: 4, live: 2 },
    encoder: () => {
      const model = autoencoder({ inFeatures: 784, random: seededRandom(0, 'encoder') });
      return { call: (x) => model.features(x), dispose: () => model.dispose() };
    },
  },
];

/** @param {{ report: (row: object) => void }} options */
export default async function finetuneHeads({ report }) {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  await tf.setBackend('wasm');
  await installKernels(tf);
  for (const task of tasks) {
    const { cached, live, once } = await epochTimes(task);
    report({
      task: `head on frozen ${task.title}, epoch of ${task.exampleCount}`,
      ours: cached,
      unit: 'ms',
      peer: 'the encoder run again',
      theirs: live,
      ratio: live / cached,
      ...(task.title.startsWith('ResNet') ? { target: '>= 20' } : {}),
      note: `computing the features once took ${once.toFixed(0)} ms`,
    });
  }
}

async function epochTimes({ exampleCount, shape, width, epochs, encoder: make }) {
  const encoder = make();
  const draw = seededRandom(0, 'images');
  const examples = Array.from({ length: exampleCount / batchSize }, () => ({
    x: tf.tensor(Float32Array.from({ length: batchSize * size(shape) }, draw), [batchSize, ...shape]),
    labels: tf.tensor1d(
      Array.from({ length: batchSize }, () => Math.floor(draw() * classCount)),
      'int32',
    ),
  }));
  const before = performance.now();
  const { data } = await cacheFeatures(({ x }) => encoder.call(x), examples);
  const once = performance.now() - before;
  const features = examples.map(({ labels }, index) => ({
    x: tf.tensor2d(data.slice(index * batchSize * width, (index + 1) * batchSize * width), [
      batchSize,
      width,
    ]),
    labels,
  }));
  const cached = await headEpoch(width, features, epochs.cached, (x) => x);
  const live = await headEpoch(width, examples, epochs.live, (x) => encoder.call(x));
  tf.dispose([examples, features]);
  encoder.dispose();
  return { cached, live, once };
}

/** Milliseconds of one epoch, after one that warms up. */
async function headEpoch(width, batches, epochs, featuresOf) {
  const head = linearHead(width, classCount, { random: seededRandom(0, 'head') });
  const variables = selectVariables(head);
  const optimizer = adamW({ variables, learningRate: 1e-3 });
  const run = (count) =>
    fit({
      variables,
      optimizer,
      batches,
      epochs: count,
      loss: ({ x, labels }) => crossEntropy(head.call(featuresOf(x)), labels),
    });
  await run(1);
  const before = performance.now();
  await run(epochs);
  const time = (performance.now() - before) / epochs;
  optimizer.dispose();
  head.dispose();
  return time;
}

function size(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
