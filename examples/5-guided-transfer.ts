// Scouts learn easier problems; how far each weight moved becomes how freely it may move on a new task.
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import { guides, guideUpdates, reliability, scout } from '@warmstart/guided-tl';
import { autoencoder } from '@warmstart/models';
import { meanSquaredError } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Optimizer, StateDict } from '@warmstart/shapes';
import { adamW, fit } from '@warmstart/training';

const random = seededRandom(0, 'init');
const { encoder } = autoencoder({ inFeatures: 4, hidden: [8], random });
const model = withHead(encoder, linearHead(8, 1, { random }));
const variables = selectVariables(model);
const fresh = (): Optimizer => adamW({ variables, learningRate: 1e-2, weightDecay: 0 });
const inputs = tf.tensor2d(Float32Array.from({ length: 128 }, seededRandom(0, 'x')), [32, 4]);

/** From these weights, learns y = slope · x₀ on some rows: the other three inputs never matter. */
async function learn(weights: StateDict, slope: number, rows: number, optimizer = fresh()) {
  const x = tf.slice(inputs, [0, 0], [rows, 4]);
  const loss = () => meanSquaredError(model.call(x), tf.mul(tf.slice(x, [0, 0], [-1, 1]), slope));
  await loadStateDict(model, weights);
  const { loss: last } = await fit({ variables, optimizer, batches: () => x, steps: 60, loss });
  console.log(`slope ${slope}, ${rows} rows: error ${last.toFixed(2)}`);
  return stateDict(model);
}

const scouted = await scout({
  base: await stateDict(model),
  subproblems: [-3, -2, -1, 1, 2, 3],
  train: ({ base, subproblem }) => learn(base, subproblem, 32),
  seed: 0,
});
const found = guides(scouted);
console.log('agreement of two halves of the scouts:', reliability(scouted).overall.toFixed(2));

// update of a weight = AdamW's update × its guide value, whatever the optimizer
await learn(found.base, 2.5, 2, guideUpdates(fresh(), { variables, guides: found.guides }));
