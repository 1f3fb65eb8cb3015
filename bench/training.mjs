// `npm run bench -- training`: what the loop costs over one written by hand, on WASM with the kernels.
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import { autoencoder } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { adamW, fit } from '@warmstart/training';

const rounds = 9;
const stepsEach = 60;
const logEvery = 20;

/** What is trained: a large step, where arithmetic dominates, and a small one, where dispatch does. */
const tasks = [
  { title: 'autoencoder 784-256-128, batch 128', width: 784, hidden: [256, 128], batchSize: 128 },
  { title: 'autoencoder 57-32, batch 32', width: 57, hidden: [32], batchSize: 32 },
];

/** @param {{ report: (row: object) => void }} options */
export default async function training({ report }) {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  await tf.setBackend('wasm');
  await installKernels(tf);
  for (const task of tasks) {
    const { ours, theirs, ratio } = medians(await compare(task));
    report({
      task: `fit, ${task.title}`,
      ours,
      unit: 'ms',
      peer: 'a loop by hand',
      theirs,
      ratio,
      target: '<= 1.05',
      note: `processor time, median of ${rounds} paired rounds of ${stepsEach} steps; losses read every ${logEvery}`,
    });
  }
}

/** Rounds of both loops in turn, on models that started alike; each round's order changes. */
async function compare({ width, hidden, batchSize }) {
  const loops = { ours: loopOf(fitted), theirs: loopOf(byHand) };
  const pairs = [];
  for (let round = -1; round < rounds; round++) {
    const names = round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    const pair = {};
    for (const name of names) {
      const before = processorTime();
      await loops[name]();
      pair[name] = (processorTime() - before) / stepsEach;
    }
    if (round >= 0) pairs.push(pair); // the first round warms up
  }
  return pairs;

  function loopOf(loop) {
    const model = autoencoder({ inFeatures: width, hidden, random: seededRandom(0, 'bench') });
    const variables = new Map([...model.namedVariables()].map(({ path, variable }) => [path, variable]));
    const optimizer = adamW({ variables, learningRate: 1e-4 });
    const draw = seededRandom(0, 'rows');
    const rows = Float32Array.from({ length: batchSize * width }, () => 2 * draw() - 1);
    const batch = () => tf.tensor2d(rows, [batchSize, width]);
    const loss = (x) => tf.mean(tf.square(tf.sub(model.call(x), x)));
    return () => loop({ variables, optimizer, batch, loss });
  }
}

function fitted({ variables, optimizer, batch, loss }) {
  return fit({ variables, optimizer, loss, batches: batch, steps: stepsEach, logEvery });
}

/** What one would write without a library, done well: nothing is checked, kept or reported. */
async function byHand({ variables, optimizer, batch, loss }) {
  const paths = new Map([...variables].map(([path, variable]) => [variable.name, path]));
  const list = [...variables.values()];
  let window = [];
  for (let step = 1; step <= stepsEach; step++) {
    const x = batch();
    const { value, grads } = tf.variableGrads(() => loss(x), list);
    optimizer.step(new Map(Object.entries(grads).map(([name, gradient]) => [paths.get(name), gradient])));
    tf.dispose([x, grads]);
    window.push(value);
    if (step % logEvery !== 0) continue;
    const losses = tf.stack(window);
    await losses.data();
    tf.dispose([losses, window]);
    window = [];
  }
}

/** Milliseconds this process has computed: what else runs on the machine hardly shows in it. */
function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function medians(pairs) {
  const middle = (values) => values.sort((left, right) => left - right)[values.length >> 1];
  return {
    ours: middle(pairs.map((pair) => pair.ours)),
    theirs: middle(pairs.map((pair) => pair.theirs)),
    ratio: middle(pairs.map((pair) => pair.ours / pair.theirs)),
  };
}
