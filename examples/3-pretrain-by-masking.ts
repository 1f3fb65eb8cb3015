// Hide half of each row and rebuild it from the rest: the labels are the data itself.
import * as tf from '@tensorflow/tfjs';
import { save, stateDict } from '@warmstart/core-checkpoint';
import { distinctRows, load, standardize } from '@warmstart/datasets';
import { selectVariables } from '@warmstart/finetune-heads';
import { autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { hideValues, maskedLoss, sampleMask } from '@warmstart/ssl-masking';
import { adamW, fit } from '@warmstart/training';

const rows = await distinctRows(await load('spambase'));
const batches = rows
  .map(await standardize(rows))
  .shuffle({ seed: 0 })
  .repeat()
  .batch(64);

const model = autoencoder({ inFeatures: 57, hidden: [32, 16], random: seededRandom(0, 'init') });
const variables = selectVariables(model);
await fit({
  variables,
  optimizer: adamW({ variables, learningRate: 3e-3 }),
  batches,
  steps: 150,
  logEvery: 50,
  loss: ({ columns, rowCount }, { step }) => {
    const x = tf.tensor2d(columns.features, [rowCount, 57]);
    const mask = sampleMask([rowCount, 57], 0.5, seededRandom(0, 'mask', step));
    return maskedLoss(model.call(hideValues(x, mask)), x, mask);
  },
  onEvent: (event) => {
    if (event.type === 'step-end')
      console.log(`step ${event.step}: loss on hidden values ${event.loss.toFixed(2)}`);
  },
});
await save('encoder.safetensors', await stateDict(model.encoder));
