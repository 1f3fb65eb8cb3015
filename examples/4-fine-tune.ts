// Few labels: fit a linear probe on the frozen encoder first, then let everything learn, gently.
import * as tf from '@tensorflow/tfjs';
import { load, split, standardize } from '@warmstart/datasets';
import { assignProbe, linearHead, linearProbe, selectVariables, withHead } from '@warmstart/finetune-heads';
import { autoencoder } from '@warmstart/models';
import { crossEntropy } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { accuracy, adamW, fit } from '@warmstart/training';

const parts = await split(await load('spambase'), { few: 0.02, rest: 0.98 }, seededRandom(0, 'split'));
const scale = await standardize(parts.rest);
const [few, rest] = await Promise.all([parts.few, parts.rest].map((part) => part.map(scale).collect()));
const table = (batch: typeof few) => tf.tensor2d(batch?.columns.features ?? [], [batch?.rowCount ?? 0, 57]);
const [x, unseen, labels] = [table(few), table(rest), few?.columns.label ?? new Int32Array()];

const random = seededRandom(0, 'init'); // in earnest: weights pre-trained by masking, as in 3-pretrain-by-masking.ts
const { encoder } = autoencoder({ inFeatures: 57, hidden: [32, 16], random });
const model = withHead(encoder, linearHead(16, 2, { random }));

const features = encoder.call(x);
assignProbe(model.head, linearProbe({ data: await features.data(), shape: features.shape }, labels));

const variables = selectVariables(model);
const targets = tf.tensor1d(labels, 'int32');
await fit({
  variables,
  optimizer: adamW({ variables, learningRate: 1e-4 }),
  batches: () => x,
  steps: 100,
  loss: (batch) => crossEntropy(model.call(batch), targets),
});
const logits = model.call(unseen);
const share = accuracy({ data: await logits.data(), shape: logits.shape }, rest?.columns.label ?? []);
console.log(`${labels.length} labels: ${(100 * share).toFixed(0)} % of ${rest?.rowCount} unseen mails right`);
