import type { PretrainSettings } from './pretrain.js';
import type { Source } from './source.js';

/**
 * The TypeScript program that pre-trains as the page did: the same rows, masks, schedule and seeds.
 *
 * It runs on Node with the packages it imports.
 */
export function pretrainProgram(source: Source, settings: PretrainSettings): string {
  const isDna = source.kind === 'sample' && source.name === 'dna-splice';
  const { maskRatio, groupSize, steps, seed } = settings;
  return `import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { save, stateDict } from '@warmstart/core-checkpoint';
import { ${source.kind === 'csv' ? 'fromColumns, readNumberTable' : 'load'}, distinctRows, seededRandom, split } from '@warmstart/datasets';
import { selectVariables } from '@warmstart/finetune-heads';
import { fusedAdamW, installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
import { hideValues, maskedLoss, sampleMask } from '@warmstart/ssl-masking';
import { fit, warmupCosine } from '@warmstart/training';
${source.kind === 'csv' ? "import { createReadStream } from 'node:fs';\n" : ''}
await tf.setBackend('wasm');
await installKernels(tf);

${rowsPart(source)}
const distinct = await distinctRows(all);
const { train } = await split(distinct, { train: 0.6, validation: 0.2, test: 0.2 }, seededRandom(7, 'split'));
const rows = await train.collect();
const width = all.schema.features.shape[0]!;
const features = ${isDna ? 'rows.columns.features' : 'standardised(rows.columns.features)'};

const model = autoencoder({ inFeatures: width, hidden: [256, 128], random: seededRandom(${seed}, 'init') });
const variables = selectVariables(model);
const learningRate = warmupCosine({ peak: 1e-3, steps: ${steps}, warmupSteps: 50 });
const result = await fit({
  variables,
  optimizer: fusedAdamW({ variables, learningRate }),
  steps: ${steps},
  batches: ({ step }) => batch(seededRandom(${seed}, 'batch', step)),
  loss: (x, { step }) =>
    tf.tidy(() => {
      const target = tf.tensor2d(x, [128, width]);
      const mask = sampleMask([128, width], ${maskRatio}, seededRandom(${seed}, 'mask', step), { groups: ${groupSize} });
      const predicted = model.call(hideValues(target, mask));
${lossPart(isDna)}
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
    const chosen = Math.floor(random() * rows.rowCount);
    values.set(features.subarray(chosen * width, (chosen + 1) * width), row * width);
  }
  return values;
}
${isDna ? '' : standardisedPart}`;
}

function rowsPart(source: Source): string {
  if (source.kind === 'sample') return `const all = await load('${source.name}');`;
  return `// ${source.name} without its first line; only numbers, classes removed
const parts: Float32Array[] = [];
const columnCount = Number(process.argv[2]); // how many columns of numbers
const blocks = readNumberTable(createReadStream(${JSON.stringify(source.name)}), { columnCount, skipLines: 1 });
for await (const { values } of blocks) parts.push(Float32Array.from(values));
const all = fromColumns(
  { features: Float32Array.from(parts.flatMap((part) => [...part])) },
  { schema: { features: { dtype: 'float32', shape: [columnCount] } } },
);`;
}

function lossPart(isDna: boolean): string {
  if (!isDna) return '      return maskedLoss(predicted, target, mask);';
  return `      const grouped = [128, width / 4, 4]; // one of four letters each, hidden as a whole
      const hidden = tf.squeeze(tf.slice(tf.reshape(mask, grouped), [0, 0, 0], [-1, -1, 1]), [2]);
      return maskedLoss(tf.reshape(predicted, grouped), tf.reshape(target, grouped), hidden, { kind: 'cross-entropy' });`;
}

const standardisedPart = `
function standardised(values: Float32Array): Float32Array {
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  values.forEach((value, i) => (mean[i % width]! += value / rows.rowCount));
  values.forEach((value, i) => (variance[i % width]! += (value - mean[i % width]!) ** 2 / rows.rowCount));
  return values.map((value, i) => {
    const spread = Math.sqrt(variance[i % width]!) || Number.POSITIVE_INFINITY;
    return Math.max(-8, Math.min(8, (value - mean[i % width]!) / spread));
  });
}
`;
