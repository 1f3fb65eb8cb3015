import * as tf from '@tensorflow/tfjs';
import { loadStateDict, stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import { guides, guideUpdates, reliability, scout, shuffleGuides } from '@warmstart/guided-tl';
import { autoencoder } from '@warmstart/models';
import { meanSquaredError, seededRandom } from '@warmstart/nn';
import { fit, sgd } from '@warmstart/training';

await tf.setBackend('cpu');
const random = seededRandom(0, 'init');
const model = withHead(
  autoencoder({ inFeatures: 4, hidden: [8], random }).encoder,
  linearHead(8, 1, { random }),
);
const variables = selectVariables(model);
const fresh = () => sgd({ variables, learningRate: 0.05 });
const inputs = tf.tensor2d(Float32Array.from({ length: 400 }, seededRandom(0, 'x')), [100, 4]);
const errorOf = (x, slope) => meanSquaredError(model.call(x), tf.mul(tf.slice(x, [0, 0], [-1, 1]), slope));
async function learn(weights, slope, rowCount, optimizer = fresh()) {
  const x = tf.slice(inputs, [0, 0], [rowCount, 4]);
  loadStateDict(model, weights);
  await fit({ variables, optimizer, batches: () => x, steps: 100, loss: () => errorOf(x, slope) });
  return stateDict(model);
}
const unseen = async (slope) => (await errorOf(tf.slice(inputs, [50, 0], [50, 4]), slope).data())[0];
const scouted = await scout({
  base: await stateDict(model),
  subproblems: [-3, -2, -1, 1, 2, 3],
  train: ({ base, subproblem }) => learn(base, subproblem, 50),
  seed: 0,
});
const found = guides(scouted);
console.log('guides for', [...found.guides.keys()].join(' '));
console.log('two halves of the scouts agree ≈', reliability(scouted).overall.toFixed(1));
await learn(found.base, 2.5, 3, guideUpdates(fresh(), { variables, guides: found.guides }));
const guided = await unseen(2.5);
const control = shuffleGuides(found.guides, seededRandom(0, 'shuffle'));
await learn(found.base, 2.5, 3, guideUpdates(fresh(), { variables, guides: control }));
const shuffled = await unseen(2.5);
await learn(found.base, 2.5, 3);
const plain = await unseen(2.5);
console.log(
  'error, guided ≈',
  guided.toFixed(2),
  'shuffled ≈',
  shuffled.toFixed(2),
  'plain ≈',
  plain.toFixed(2),
);
