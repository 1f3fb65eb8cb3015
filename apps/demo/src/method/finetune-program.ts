import { hidden } from './pretrain.js';
import { readPart, rowsPart, scalePart, splitPart } from './program-rows.js';
import { budget, type RaceSettings } from './race.js';
import type { Source } from './source.js';
import type { Standing } from './standing.js';

/**
 * The TypeScript program that trains the classifier of an arm as the page did, from the files the page gives:
 * `encoder.safetensors`, or `guided-base.safetensors` and `guides.safetensors` for the guided arms; `rows.safetensors` for
 * one's own rows.
 */
export function finetuneProgram(
  source: Source,
  settings: RaceSettings,
  { name, learningRate, steps }: Pick<Standing, 'name' | 'learningRate' | 'steps'>,
  classNames: readonly string[],
): string {
  const { datasets, checkpoint, load, isScaled } = rowsPart(source);
  const isWarm = name !== 'scratch';
  const isGuided = name === 'guided' || name === 'shuffled';
  const isTrained = name !== 'frozen' && steps > 0;
  const heads = ['linearHead', ...(isTrained ? ['selectVariables'] : []), 'withHead'];
  if (isWarm) heads.unshift('assignProbe', 'featureScale', 'linearProbe');
  return `import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { ${[...new Set([...checkpoint, ...(isWarm ? ['loadStateDict', 'open'] : []), 'save', 'stateDict'])].join(', ')} } from '@warmstart/core-checkpoint';
import { distinctRows, ${datasets.join(', ')}, split } from '@warmstart/datasets';
import { ${heads.join(', ')} } from '@warmstart/finetune-heads';
${isGuided && isTrained ? `import { openGuides${name === 'shuffled' ? ', shuffleGuides' : ''} } from '@warmstart/guided-tl';\n` : ''}import { installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
${isTrained ? "import { crossEntropy } from '@warmstart/nn';\n" : ''}import { ${settings.hand ? '' : 'randomOrder, '}seededRandom } from '@warmstart/random';
${isTrained ? "import { adamW, fit, warmupConstant } from '@warmstart/training';\n" : ''}${isGuided && isTrained ? "import { readFileSync } from 'node:fs';\n" : ''}
await tf.setBackend('wasm');
await installKernels(tf);

const classNames = ${JSON.stringify(classNames)};
${load}
${splitPart}
const scaled = ${isScaled ? 'scaling(train.columns.features, train.rowCount)' : '(rows: Float32Array) => rows'};
const rows = scaled(train.columns.features);
${labelsPart(settings)}
const features = Float32Array.from(chosen.flatMap((row) => [...rows.subarray(row * width, (row + 1) * width)]));

const { encoder } = autoencoder({ inFeatures: width, hidden: [${hidden.join(', ')}], random: seededRandom(${settings.seed}, 'encoder') });
const model = withHead(encoder, linearHead(encoder.outFeatures, classNames.length, { random: seededRandom(${settings.seed}, 'head') }));
${isWarm ? warmPart(isGuided ? 'guided-base.safetensors' : 'encoder.safetensors') : ''}${isTrained ? trainPart(name, learningRate, steps, settings.seed) : ''}
await save('classifier.safetensors', await stateDict(model));
${settings.hand ? `console.log('classifier.safetensors from', chosen.length, 'labels');` : testPart}

async function outputsOf(from: { call(x: tf.Tensor): tf.Tensor }, values: Float32Array) {
  const output = tf.tidy(() => from.call(tf.tensor2d(values, [values.length / width, width])));
  return { data: Float32Array.from(await output.data()), shape: output.shape };
}
${isWarm || checkpoint.length > 0 ? readPart : ''}${isScaled ? scalePart : ''}`;
}

const warmPart = (file: string) => `await loadStateDict(encoder, await read('${file}'));

// a linear probe on the frozen encoder: what every warm arm starts from
const scale = featureScale(await outputsOf(encoder, rows));
const probe = linearProbe(await outputsOf(encoder, features), labels, { l2: ${budget.l2}, classCount: classNames.length, scale });
assignProbe(model.head, probe);
`;

function labelsPart({ hand, labels, seed }: RaceSettings): string {
  if (hand) {
    return `// rows of the training part that were labelled by hand
const chosen = ${JSON.stringify(hand.rows)};
const labels = Int32Array.from(${JSON.stringify(hand.labels)});`;
  }
  return `// as many training rows of each class as ${labels} labels allow, the rest at random
const order = randomOrder(train.rowCount, seededRandom(${seed}, 'labels', 0));
const perClass = Math.floor(${labels} / classNames.length);
const taken = classNames.map(() => 0);
const isEven = (row: number) => taken[train.columns.label[row]!]!++ < perClass;
const [even, rest] = [[] as number[], [] as number[]];
for (const row of order) (isEven(row) ? even : rest).push(row);
const chosen = [...even, ...rest.slice(0, ${labels} - even.length)];
const labels = Int32Array.from(chosen, (row) => train.columns.label[row]!);`;
}

function trainPart(name: string, learningRate: number, steps: number, seed: number): string {
  const isGuided = name === 'guided' || name === 'shuffled';
  const guides = isGuided
    ? `const opened = await openGuides(readFileSync('guides.safetensors'), { base: await stateDict(encoder) });
const guides = new Map(
  [...${name === 'shuffled' ? `shuffleGuides(opened.guides, seededRandom(${seed}, 'shuffled-guides'))` : 'opened.guides'}].map(([path, { data, shape }]) => [\`encoder.\${path}\`, tf.tensor(data as Float32Array, [...shape])]),
);
`
    : '';
  return `
${guides}const variables = selectVariables(model);
const [x, y] = [tf.tensor2d(features, [chosen.length, width]), tf.tensor1d(labels, 'int32')];
await fit({
  variables,
  optimizer: adamW({
    variables,
    learningRate: warmupConstant(${learningRate}, ${budget.warmupSteps}),
    weightDecay: ${budget.weightDecay},${isGuided ? '\n    guides,' : ''}
  }),
  steps: ${steps},
  batches: () => x,
  loss: () => crossEntropy(model.call(x, { training: true }), y),
});
`;
}

const testPart = `const test = await parts.test.collect();
const { data: logits } = await outputsOf(model, scaled(test.columns.features));
let right = 0;
for (let row = 0; row < test.rowCount; row++) {
  const own = logits.subarray(row * classNames.length, (row + 1) * classNames.length);
  if (own.indexOf(Math.max(...own)) === test.columns.label[row]) right++;
}
console.log(\`\${right} of \${test.rowCount} test rows right\`);`;
