import { plan } from './guiding.js';
import { hidden } from './pretrain.js';
import { readPart, rowsPart, scalePart, splitPart } from './program-rows.js';
import type { Source } from './source.js';

/** The TypeScript program that sends the same scouts from `encoder.safetensors` and writes `guides.safetensors`. */
export function scoutProgram(source: Source, { scouts, seed }: { scouts: number; seed: number }): string {
  const { datasets, checkpoint, load, isScaled } = rowsPart(source);
  return `import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { ${[...new Set([...checkpoint, 'loadStateDict', 'open', 'save', 'stateDict'])].join(', ')} } from '@warmstart/core-checkpoint';
import { distinctRows, ${datasets.join(', ')}, split } from '@warmstart/datasets';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import { type ClassSubset, clusterPairs, guides, reliability, saveGuides, type ScoutJob, scout } from '@warmstart/guided-tl';
import { installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
import { crossEntropy } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { adamW, fit } from '@warmstart/training';
import { writeFileSync } from 'node:fs';

await tf.setBackend('wasm');
await installKernels(tf);

${load}
${splitPart}
const rows = ${isScaled ? 'scaling(train.columns.features, train.rowCount)(train.columns.features)' : 'train.columns.features'};
const base = await read('encoder.safetensors');

const scouted = await scout({
  base,
  subproblems: clusterPairs({
    features: { data: rows, shape: [train.rowCount, width] },
    clusters: ${plan.clusters},
    pairs: ${scouts},
    random: seededRandom(${seed}, 'clusters'),
  }),
  seed: ${seed},
  executor: { concurrency: 1, run: trainScout },
});
const made = guides(scouted, { scale: 'quantile' });
writeFileSync('guides.safetensors', await saveGuides(made));
await save('guided-base.safetensors', made.base); // where scouts went on average: guided fine-tuning starts there
console.log(\`guides.safetensors; two halves of the scouts agree by \${reliability(scouted).withinTensor.toFixed(2)}\`);

/** From a copy of the base, learns to tell two groups of rows apart. */
async function trainScout({ base, subproblem, seed }: ScoutJob<ClassSubset>) {
  const { encoder } = autoencoder({ inFeatures: width, hidden: [${hidden.join(', ')}], random: seededRandom(0, 'encoder') });
  await loadStateDict(encoder, base);
  const model = withHead(encoder, linearHead(encoder.outFeatures, 2, { random: seededRandom(seed, 'head') }));
  const variables = selectVariables(model);
  await fit({
    variables,
    optimizer: adamW({ variables, learningRate: ${plan.learningRate} }),
    steps: ${plan.steps},
    clipNorm: 1,
    batches: ({ step }) => pairs(subproblem, seededRandom(seed, 'batch', step)),
    loss: ({ x, y }) =>
      tf.tidy(() => crossEntropy(model.call(tf.tensor2d(x, [${plan.batchSize}, width])), tf.tensor1d(y, 'int32'))),
  });
  const result = await stateDict(encoder);
  model.dispose();
  return result;
}

/** As many rows of either group. */
function pairs({ rows: members, labels }: ClassSubset, random: () => number) {
  const x = new Float32Array(${plan.batchSize} * width);
  const y = Int32Array.from({ length: ${plan.batchSize} }, (_, at) => at % 2);
  for (const [at, label] of y.entries()) {
    const group = members.filter((_, index) => labels[index] === label);
    const row = group[Math.floor(random() * group.length)] ?? 0;
    x.set(rows.subarray(row * width, (row + 1) * width), at * width);
  }
  return { x, y };
}
${readPart}${isScaled ? scalePart : ''}`;
}
