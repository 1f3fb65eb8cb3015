// Scouts learn easier problems; how far each weight moved becomes how freely it may move later.
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, type StateDict, stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import { guides, guideUpdates, reliability, scout } from '@warmstart/guided-tl';
import { autoencoder } from '@warmstart/models';
import { meanSquaredError, seededRandom } from '@warmstart/nn';
import { adamW, fit } from '@warmstart/training';

const newModel = (seed: number) => {
  const random = seededRandom(seed, 'init');
  return withHead(autoencoder({ inFeatures: 4, hidden: [8], random }).encoder, linearHead(8, 1, { random }));
};

/** Learns y = x₀ · slope: only the first input ever matters. */
async function learn(weights: StateDict, slope: number, seed: number): Promise<StateDict> {
  const model = newModel(0);
  await loadStateDict(model, weights);
  const x = tf.tensor2d(Float32Array.from({ length: 128 }, seededRandom(seed, 'x')), [32, 4]);
  const y = tf.mul(tf.slice(x, [0, 0], [-1, 1]), slope);
  const variables = selectVariables(model);
  const optimizer = adamW({ variables, learningRate: 1e-2, weightDecay: 0 });
  await fit({
    variables,
    optimizer,
    batches: () => x,
    steps: 60,
    loss: () => meanSquaredError(model.call(x), y),
  });
  return stateDict(model);
}

const scouted = await scout({
  base: await stateDict(newModel(0)),
  subproblems: [-3, -2, -1, 1, 2, 3],
  train: ({ base, subproblem: slope, seed }) => learn(base, slope, seed),
  seed: 0,
});
const found = guides(scouted);
console.log(
  'scouts:',
  found.report.scouts,
  '· agreement of two halves:',
  reliability(scouted).overall.toFixed(2),
);

const model = newModel(0);
await loadStateDict(model, found.base);
const variables = selectVariables(model);
const optimizer = guideUpdates(adamW({ variables, learningRate: 1e-2 }), { variables, guides: found.guides });
const x = tf.tensor2d([0.2, 0.9, 0.1, 0.5, 0.8, 0.3, 0.6, 0.4], [2, 4]); // two examples of a new task
const y = tf.tensor2d([0.5, 2], [2, 1]);
const error = () => meanSquaredError(model.call(x), y).arraySync().toFixed(3);
const before = error();
await fit({
  variables,
  optimizer,
  batches: () => x,
  steps: 60,
  loss: () => meanSquaredError(model.call(x), y),
});
console.log(`guided on two examples: error ${before} → ${error()}`);
