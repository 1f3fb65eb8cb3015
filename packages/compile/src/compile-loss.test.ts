import * as tf from '@tensorflow/tfjs';
import { BatchNorm, Dropout, Linear } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { StepPosition } from '@warmstart/shapes';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CompileEvent, type CompileOptions, compileLoss } from './index.js';

interface Batch {
  x: tf.Tensor2D;
  y: tf.Tensor2D;
}

function waves(size: number, seed: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i + (i % 7)) * 0.5);
}

function batch(rows: number, seed: number): Batch {
  return {
    x: tf.tensor2d(waves(rows * 6, seed), [rows, 6]),
    y: tf.tensor2d(waves(rows * 2, seed + 9), [rows, 2]),
  };
}

/** linear → BatchNorm → relu → dropout → linear, with a mask of its own at each position. */
function network() {
  const random = seededRandom(3, 'init');
  const layers = {
    first: new Linear(6, 8, { random }),
    norm: new BatchNorm(8),
    last: new Linear(8, 2, { random }),
  };
  const dropout = new Dropout(0.5);
  const variables = new Map<string, tf.Variable>();
  const buffers: tf.Variable[] = [];
  for (const [name, layer] of Object.entries(layers)) {
    for (const { path, variable, kind } of layer.namedVariables()) {
      if (kind === 'parameter') variables.set(`${name}.${path}`, variable);
      else buffers.push(variable);
    }
  }
  const loss = ({ x, y }: Batch, at: StepPosition) => {
    const hidden = tf.relu(layers.norm.call(layers.first.call(x), { training: true }));
    const kept = dropout.call(hidden, { training: true, random: seededRandom(5, 'dropout', at.step) });
    return tf.losses.meanSquaredError(y, layers.last.call(kept)) as tf.Scalar;
  };
  return {
    variables,
    buffers,
    loss,
    dispose: () => {
      for (const layer of Object.values(layers)) layer.dispose();
    },
  };
}

function descent(variables: ReadonlyMap<string, tf.Variable>) {
  return {
    step(gradients: Map<string, tf.Tensor>) {
      for (const [path, gradient] of gradients) {
        const variable = variables.get(path) as tf.Variable;
        tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(gradient, 0.1))));
      }
    },
  };
}

/** Steps on batches of `rowsOf(step)` rows: losses, what BatchNorm came to, and what was said. */
async function trained(compile: 'always' | 'never', count: number, rowsOf: (step: number) => number) {
  const { variables, buffers, loss, dispose } = network();
  const events: CompileEvent[] = [];
  const optimizer = descent(variables);
  const onEvent = (event: CompileEvent) => void events.push(event);
  const step = await compileLoss(loss, variables, { compile, optimizer, onEvent, threads: 1, checkEvery: 4 });
  const losses: number[] = [];
  for (let i = 0; i < count; i++) {
    const given = batch(rowsOf(i), i);
    losses.push((await step.run(given)).loss);
    tf.dispose([given.x, given.y]);
  }
  const statistics = buffers.flatMap((buffer) => [...buffer.dataSync()]);
  await step.dispose();
  dispose();
  return { losses, statistics, events };
}

function expectClose(got: readonly number[], expected: readonly number[]) {
  expect(got).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);
}

beforeEach(async () => {
  await tf.setBackend('cpu');
});

describe('compileLoss', () => {
  it('draws dropout inside the model anew at each step, and keeps BatchNorm statistics', async () => {
    const before = tf.memory().numTensors;
    const eager = await trained('never', 14, () => 4);
    const compiled = await trained('always', 14, () => 4);
    expectClose(compiled.losses, eager.losses);
    expectClose(compiled.statistics, eager.statistics);
    expect(compiled.events.map(({ type }) => type)).toEqual([
      'step-compile',
      ...['step-check', 'step-check', 'step-check', 'step-check'],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('makes a graph for each batch shape, and comes back to it', async () => {
    const rowsOf = (step: number) => (step % 3 === 2 ? 3 : 5);
    const eager = await trained('never', 9, rowsOf);
    const compiled = await trained('always', 9, rowsOf);
    expectClose(compiled.losses, eager.losses);
    const made = compiled.events.filter(({ type }) => type === 'step-compile');
    expect(made.map((event) => (event as { recompiled: boolean }).recompiled)).toEqual([false, true]);
  });
});

describe('what a loss of compileLoss may do', () => {
  let w: tf.Variable;
  beforeEach(() => {
    w = tf.variable(tf.tensor1d([1, 2, 3]));
  });
  afterEach(() => w.dispose());

  async function losses(
    loss: (x: tf.Tensor, at: StepPosition) => tf.Scalar,
    options: CompileOptions = {},
    count = 5,
  ) {
    const events: CompileEvent[] = [];
    const variables = new Map([['w', w]]);
    const onEvent = (event: CompileEvent) => void events.push(event);
    const step = await compileLoss(loss, variables, {
      threads: 1,
      onEvent,
      optimizer: descent(variables),
      ...options,
    });
    const given: number[] = [];
    try {
      for (let i = 0; i < count; i++) {
        const x = tf.tensor1d(waves(3, i));
        try {
          given.push((await step.run(x)).loss);
        } finally {
          x.dispose();
        }
      }
    } finally {
      await step.dispose();
    }
    return { losses: given, events };
  }

  /** The same losses without compiling, from the same start. */
  async function eagerly(loss: (x: tf.Tensor, at: StepPosition) => tf.Scalar, count = 5) {
    w.assign(tf.tensor1d([1, 2, 3]));
    return (await losses(loss, { compile: 'never' }, count)).losses;
  }

  it('may use a number that changes with the step', async () => {
    const loss = (x: tf.Tensor, { step }: StepPosition) =>
      tf.mul(tf.sum(tf.square(tf.sub(w, x))), step < 3 ? 1 : step) as tf.Scalar;
    const compiled = await losses(loss, { compile: 'always' });
    expectClose(compiled.losses, await eagerly(loss));
    expect(compiled.events.map(({ type }) => type)).toEqual(['step-compile', 'step-check']);
  });

  it('may branch on the step: each branch is a graph', async () => {
    const loss = (x: tf.Tensor, { step }: StepPosition) =>
      tf.sum(step % 2 ? tf.square(tf.sub(w, x)) : tf.abs(tf.sub(w, x))) as tf.Scalar;
    const compiled = await losses(loss, { compile: 'always' }, 8);
    expectClose(compiled.losses, await eagerly(loss, 8));
    expect(compiled.events.filter(({ type }) => type === 'step-compile')).toHaveLength(2);
  });

  it('runs in TensorFlow.js if it reads what it computes, and says where', async () => {
    const loss = (x: tf.Tensor) => {
      const distance = tf.sum(tf.square(tf.sub(w, x)));
      return (distance.dataSync()[0] as number) > 1 ? tf.mul(distance, 2) : distance;
    };
    const compiled = await losses(loss as (x: tf.Tensor) => tf.Scalar);
    expect(compiled.events.at(-1)).toEqual({
      type: 'step-eager',
      reason: expect.stringMatching(/must not read on the host .*compile-loss\.test\.ts:\d+/),
    });
    expectClose(compiled.losses, await eagerly(loss as (x: tf.Tensor) => tf.Scalar));
  });

  it('refuses a loss that keeps other tensors', async () => {
    const kept: tf.Tensor[] = [];
    const loss = (x: tf.Tensor) => {
      const distance = tf.square(tf.sub(w, x));
      kept.push(tf.keep(distance));
      return tf.sum(distance) as tf.Scalar;
    };
    await expect(losses(loss, { compile: 'always' })).rejects.toMatchObject({ code: 'value-read' });
    tf.dispose(kept);
  });

  it('finds a host value that only a gradient uses', async () => {
    let scale = 1;
    const reversed = tf.customGrad((x) => ({
      value: tf.clone(x as tf.Tensor),
      gradFunc: (dy) => tf.mul(dy as tf.Tensor, scale++),
    }));
    const loss = (x: tf.Tensor) => tf.sum(tf.square(tf.sub(reversed(w), x))) as tf.Scalar;
    await expect(losses(loss, { compile: 'always' })).rejects.toMatchObject({ code: 'value-undeclared' });
  });

  it('lets an error of the loss through', async () => {
    const loss = (_: tf.Tensor, { step }: StepPosition) => {
      if (step === 2) throw new RangeError('no more');
      return tf.sum(tf.square(w)) as tf.Scalar;
    };
    const before = tf.memory().numTensors;
    await expect(losses(loss)).rejects.toThrow('no more');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives up after sixteen structures, and says what kept changing', async () => {
    const loss = (x: tf.Tensor, { step }: StepPosition) =>
      tf.sum(tf.leakyRelu(tf.sub(w, x), 1 / (step + 2))) as tf.Scalar;
    const { events } = await losses(loss, {}, 18);
    expect(events.at(-1)).toEqual({ type: 'step-eager', reason: expect.stringContaining('LeakyRelu with') });
  });
});
