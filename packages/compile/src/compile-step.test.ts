import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CompileEvent, compileStep } from './index.js';

interface Batch {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Values that look random and are the same every time. */
function waves(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 7)) * 0.5);
}

function variable(shape: number[], seed: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(waves(tf.util.sizeFromShape(shape), seed), shape)));
}

function smallMlp() {
  const w1 = variable([5, 4], 1);
  const b1 = variable([5], 3);
  const w2 = variable([2, 5], 2);
  const variables = new Map([
    ['w1', w1],
    ['b1', b1],
    ['w2', w2],
  ]);
  const loss = ({ x, y }: { x: tf.Tensor; y: tf.Tensor }) => {
    const hidden = tf.relu(tf.add(tf.matMul(x as tf.Tensor2D, w1 as tf.Tensor2D, false, true), b1));
    const out = tf.matMul(hidden as tf.Tensor2D, w2 as tf.Tensor2D, false, true);
    return tf.mean(tf.square(tf.sub(out, y))) as tf.Scalar;
  };
  const dispose = () => tf.dispose([w1, b1, w2]);
  return { variables, loss, dispose };
}

function batch(rows: number, seed: number): Batch {
  return {
    x: tf.tensor2d(waves(rows * 4, seed), [rows, 4]),
    y: tf.tensor2d(waves(rows * 2, seed + 9), [rows, 2]),
  };
}

function descent(variables: Map<string, tf.Variable>, rate: number) {
  return {
    step(gradients: Map<string, tf.Tensor>) {
      for (const [path, gradient] of gradients) {
        const variable = variables.get(path) as tf.Variable;
        tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(gradient, rate))));
      }
    },
  };
}

async function lossesOf(compile: 'always' | 'never', steps: number) {
  const { variables, loss, dispose } = smallMlp();
  const events: CompileEvent[] = [];
  const step = await compileStep(loss, variables, ({ x, y }: Batch) => ({ x, y }), {
    compile,
    optimizer: descent(variables, 0.1),
    onEvent: (event) => void events.push(event),
    checkEvery: 5,
  });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const given = batch(3, i);
    losses.push((await step.run(given)).loss);
    tf.dispose([given.x, given.y]);
  }
  await step.dispose();
  dispose();
  return { losses, events };
}

describe('compileStep', () => {
  it('gives the losses of the eager steps', async () => {
    const before = tf.memory().numTensors;
    const compiled = await lossesOf('always', 12);
    const eager = await lossesOf('never', 12);
    for (const [i, loss] of eager.losses.entries()) expect(compiled.losses[i]).toBeCloseTo(loss, 6);
    expect(compiled.events.map(({ type }) => type)).toEqual(['step-compile', 'step-check', 'step-check']);
    expect(tf.memory().numTensors).toBe(before);
  });
});
