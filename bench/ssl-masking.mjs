// `npm run bench -- ssl-masking`: what hiding whole things is worth. On DNA, whole nucleotides against single bits of their
// code; on digits, 4 × 4 patches against single pixels. Same network, steps, loss and rows, as in the experiment `few-labels`;
// then a linear probe on 20 labels, the same draws for both. Accuracy in points, over seeds and draws; not a time.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { distinctRows, load, split } from '@warmstart/datasets';
import { linearProbe, probeLogits, selectVariables } from '@warmstart/finetune-heads';
import { installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { hideValues, maskedLoss, sampleMask } from '@warmstart/ssl-masking';
import { accuracy, adamW, fit, warmupCosine } from '@warmstart/training';

const seeds = [0, 1, 2];
const drawCount = 10;
const labelCount = 20;
const steps = 2000;
const batchSize = 128;

/** @param {{ report: (row: object) => void }} options */
export default async function sslMasking({ report }) {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  await tf.setBackend('wasm');
  await installKernels(tf);
  for (const task of [await dna(), await digits(require)]) {
    const scores = { whole: [], single: [] };
    for (const seed of seeds) {
      for (const [unit, groups] of Object.entries({ whole: task.groups, single: undefined })) {
        scores[unit].push(...(await probeScores(task, groups, seed)));
      }
    }
    const [whole, single] = [mean(scores.whole), mean(scores.single)];
    const gains = scores.whole.map((score, at) => score - scores.single[at]);
    report({
      task: `${task.title}, ${labelCount} labels`,
      ours: whole,
      unit: '% right',
      peer: task.peer,
      theirs: single,
      note: `${mean(gains).toFixed(1)} points more, better in ${gains.filter((gain) => gain > 0).length} of ${gains.length} draws`,
    });
  }
}

/** A choice among four letters, wherever anything of a letter is hidden. */
function lettersLoss(rebuilt, x, mask) {
  const [guesses, letters, hidden] = [rebuilt, x, mask].map((columns) => tf.reshape(columns, [-1, 60, 4]));
  return maskedLoss(guesses, letters, tf.any(hidden, 2), { kind: 'cross-entropy' });
}

async function dna() {
  const rows = await distinctRows(await load('dna-splice'));
  const parts = await split(rows, { train: 0.6, test: 0.4 }, seededRandom(7, 'split'));
  return {
    title: 'DNA, whole nucleotides hidden',
    peer: 'single bits of the code',
    groups: 4,
    maskRatio: 0.5,
    loss: lettersLoss,
    train: await tableOf(parts.train),
    test: await tableOf(parts.test),
  };
}

async function digits(require) {
  const read = (digit) => require(`mnist/src/digits/${digit}.json`).data;
  const features = [];
  const labels = [];
  for (let digit = 0; digit < 10; digit++) {
    const data = read(digit);
    for (let start = 0; start + 784 <= data.length; start += 784) {
      features.push(data.slice(start, start + 784));
      labels.push(digit);
    }
  }
  const random = seededRandom(7, 'digits');
  const order = labels
    .map((_, row) => ({ row, key: random() }))
    .sort((left, right) => left.key - right.key)
    .map(({ row }) => row);
  const pretraining = order.slice(0, 6000);
  const means = Array.from({ length: 784 }, (_, pixel) =>
    mean(pretraining.map((row) => features[row][pixel])),
  );
  const variance = mean(
    pretraining.map((row) => mean(features[row].map((ink, at) => (ink - means[at]) ** 2))),
  );
  const scaled = (row) => features[row].map((ink, at) => (ink - means[at]) / Math.sqrt(variance));
  const take = (rows) => ({
    features: Float32Array.from(rows.flatMap(scaled)),
    labels: Int32Array.from(rows.map((row) => labels[row])),
    width: 784,
    rowCount: rows.length,
  });
  return {
    title: 'digits, 4 × 4 patches hidden',
    peer: 'single pixels',
    groups: patches(28, 4),
    maskRatio: 0.75,
    loss: maskedLoss,
    train: take(pretraining),
    test: take(order.slice(8000)),
  };
}

async function tableOf(dataset) {
  const { columns, rowCount, shapes } = await dataset.collect();
  return { features: columns.features, labels: columns.label, width: shapes.features[1], rowCount };
}

/** The columns of each square patch of a picture given row by row. */
function patches(side, size) {
  const perSide = side / size;
  return Array.from({ length: perSide ** 2 }, (_, patch) => {
    const [top, left] = [Math.floor(patch / perSide) * size, (patch % perSide) * size];
    return Array.from({ length: size ** 2 }, (_, at) => {
      return (top + Math.floor(at / size)) * side + left + (at % size);
    });
  });
}

/** Pre-trains one encoder, then judges a probe on each draw of labels. */
async function probeScores({ train, test, maskRatio, loss }, groups, seed) {
  const model = autoencoder({
    inFeatures: train.width,
    hidden: [256, 128],
    random: seededRandom(seed, 'init'),
  });
  const variables = selectVariables(model);
  const optimizer = adamW({
    variables,
    learningRate: warmupCosine({ peak: 1e-3, steps, warmupSteps: 50 }),
  });
  await fit({
    variables,
    optimizer,
    batches: ({ step }) => batchOf(train, seededRandom(seed, 'batch', step)),
    steps,
    loss: (x, { step }) =>
      tf.tidy(() => {
        const random = seededRandom(seed, 'mask', step);
        const mask = sampleMask(x.shape, maskRatio, random, groups ? { groups } : {});
        return loss(model.call(hideValues(x, mask)), x, mask);
      }),
  });
  const encode = async ({ features, rowCount, width }) => {
    const encoded = tf.tidy(() => model.encoder.call(tf.tensor2d(features, [rowCount, width])));
    const data = (await encoded.data()).map(Math.sqrt); // of ReLUs, which helps a linear probe
    encoded.dispose();
    return { data, shape: [rowCount, 128] };
  };
  const [known, unseen] = [await encode(train), await encode(test)];
  optimizer.dispose();
  model.dispose();
  return Array.from({ length: drawCount }, (_, draw) => {
    const rows = drawRows(train.labels, seededRandom(seed, 'labels', draw));
    const few = rows.flatMap((row) => Array.from(known.data.subarray(row * 128, (row + 1) * 128)));
    const probe = linearProbe(
      { data: Float32Array.from(few), shape: [rows.length, 128] },
      rows.map((row) => train.labels[row]),
      { l2: 1 },
    );
    return 100 * accuracy(probeLogits(probe, unseen), test.labels);
  });
}

function batchOf({ features, width, rowCount }, random) {
  const batch = new Float32Array(batchSize * width);
  for (let at = 0; at < batchSize; at++) {
    const row = Math.floor(random() * rowCount);
    batch.set(features.subarray(row * width, (row + 1) * width), at * width);
  }
  return tf.tensor2d(batch, [batchSize, width]);
}

/** As many rows of each class as the number of labels allows. */
function drawRows(labels, random) {
  const classes = Math.max(...labels) + 1;
  const wanted = Array.from({ length: classes }, (_, index) => {
    return Math.floor(labelCount / classes) + (index < labelCount % classes ? 1 : 0);
  });
  const order = Array.from(labels, (label, row) => ({ label, row, key: random() }));
  order.sort((left, right) => left.key - right.key);
  return wanted.flatMap((count, index) =>
    order
      .filter(({ label }) => label === index)
      .slice(0, count)
      .map(({ row }) => row),
  );
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
