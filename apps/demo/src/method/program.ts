import { hidden, type PretrainSettings, warmupStepsOf } from './pretrain.js';
import { readPart, rowsPart, scalePart, splitPart } from './program-rows.js';
import type { Source } from './source.js';

/**
 * The TypeScript program that pre-trains as the page did: the same rows, masks, schedule and seeds.
 *
 * It runs on Node with the packages it imports.
 */
export function pretrainProgram(source: Source, settings: PretrainSettings): string {
  const { maskRatio, groupSize, steps, seed } = settings;
  const { datasets, checkpoint, load, isScaled } = rowsPart(source);
  return `import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { ${[...checkpoint, 'save', 'stateDict'].join(', ')} } from '@warmstart/core-checkpoint';
import { distinctRows, ${datasets.join(', ')}, split } from '@warmstart/datasets';
import { selectVariables } from '@warmstart/finetune-heads';
import { installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { hideValues, maskedLoss, sampleMask } from '@warmstart/ssl-masking';
import { adamW, fit, warmupCosine } from '@warmstart/training';

await tf.setBackend('wasm');
await installKernels(tf);

${load}
${splitPart}
const rows = ${isScaled ? 'scaling(train.columns.features, train.rowCount)(train.columns.features)' : 'train.columns.features'};

const model = autoencoder({ inFeatures: width, hidden: [${hidden.join(', ')}], random: seededRandom(${seed}, 'init') });
const variables = selectVariables(model);
const learningRate = warmupCosine({ peak: 1e-3, steps: ${steps}, warmupSteps: ${warmupStepsOf(steps)} });
const result = await fit({
  variables,
  optimizer: adamW({ variables, learningRate }),
  steps: ${steps},
  batches: ({ step }) => batch(seededRandom(${seed}, 'batch', step)),
  loss: (x, { step }) =>
    tf.tidy(() => {
      const target = tf.tensor2d(x, [128, width]);
      const mask = sampleMask([128, width], ${maskRatio}, seededRandom(${seed}, 'mask', step), { groups: ${groupSize} });
      const predicted = model.call(hideValues(target, mask));
${lossPart(isScaled)}
    }),
  onEvent: (event) => {
    if (event.type === 'step-end' && event.step % 100 === 0) console.log(event.step, event.loss.toFixed(3));
  },
});
await save('encoder.safetensors', await stateDict(model.encoder));
console.log(\`encoder.safetensors after \${result.step} steps\`);

function batch(random: () => number): Float32Array {
  const values = new Float32Array(128 * width);
  for (let row = 0; row < 128; row++) {
    const chosen = Math.floor(random() * train.rowCount);
    values.set(rows.subarray(chosen * width, (chosen + 1) * width), row * width);
  }
  return values;
}
${checkpoint.length > 0 ? readPart : ''}${isScaled ? scalePart : ''}`;
}

function lossPart(isScaled: boolean): string {
  if (isScaled) return '      return maskedLoss(predicted, target, mask);';
  return `      const grouped = [128, width / 4, 4]; // one of four letters each, hidden as a whole
      const hidden = tf.squeeze(tf.slice(tf.reshape(mask, grouped), [0, 0, 0], [-1, -1, 1]), [2]);
      return maskedLoss(tf.reshape(predicted, grouped), tf.reshape(target, grouped), hidden, { kind: 'cross-entropy' });`;
}
