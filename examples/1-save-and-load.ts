// A state dict: a model's tensors by name. Save it, load it, be told that every name was found.
import * as tf from '@tensorflow/tfjs';
import { loadStateDict, open, save, stateDict } from '@warmstart/core-checkpoint';
import { Linear, Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';

class NadiaModel extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;

  constructor(random = seededRandom(0, 'init')) {
    super();
    this.fc1 = new Linear(10, 5, { random });
    this.fc2 = new Linear(5, 2, { random });
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.fc2.call(tf.relu(this.fc1.call(x))));
  }
}

const model = new NadiaModel();
for (const [name, { shape }] of await stateDict(model)) console.log(name, shape);

await save('nadia.pt', await stateDict(model)); // torch.load reads it, with weights_only=True
await save('nadia.safetensors', await stateDict(model));

const again = new NadiaModel(seededRandom(1, 'init'));
const checkpoint = await open('nadia.pt');
console.log(String(await loadStateDict(again, await checkpoint.stateDict())));
await checkpoint.close();

const x = tf.ones([1, 10]);
console.log('same answer:', tf.equal(model.call(x), again.call(x)).all().arraySync() === 1);
