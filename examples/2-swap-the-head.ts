// An encoder and its end are two models: only the encoder is saved and carried over to the next task.
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, open, save, stateDict } from '@warmstart/core-checkpoint';
import { linearHead, selectVariables, withHead } from '@warmstart/finetune-heads';
import { autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';

const config = { inFeatures: 57, hidden: [32, 16] };
const pretrained = autoencoder({ ...config, random: seededRandom(0, 'init') });
await save('encoder.safetensors', await stateDict(pretrained.encoder));

// a new task: the same encoder, three classes instead of a decoder
const { encoder } = autoencoder({ ...config, random: seededRandom(1, 'init') });
const checkpoint = await open('encoder.safetensors');
console.log(String(await loadStateDict(encoder, await checkpoint.stateDict())));
await checkpoint.close();

const classifier = withHead(encoder, linearHead(encoder.outFeatures, 3, { random: seededRandom(1, 'head') }));
console.log('logits:', classifier.call(tf.zeros([4, 57])).shape);

// freezing means passing fewer variables
console.log('learns when frozen:', [
  ...selectVariables(classifier, (path) => path.startsWith('head.')).keys(),
]);
console.log('learns in full:', selectVariables(classifier).size, 'tensors');
