import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CompileError, type CompileEvent, type CompileOptions, compileStep } from './index.js';

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

interface Toy {
  loss: (fed: { x: tf.Tensor }, at: { step: number }) => tf.Scalar;
  options?: CompileOptions;
  steps?: number;
  shapeOf?: (step: number) => number[];
}

/** Steps of a loss over one variable `w` [4]; what was said, and the losses. */
async function steps({ loss, options, steps: count = 4, shapeOf = () => [3, 4] }: Toy) {
  const events: CompileEvent[] = [];
  const variables = new Map([['w', w]]);
  const step = await compileStep(loss, variables, (x: tf.Tensor) => ({ x }), {
    threads: 1,
    onEvent: (event) => void events.push(event),
    optimizer: descent(variables, 0.1),
    ...options,
  });
  const losses: number[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const shape = shapeOf(i);
      const x = tf.tensor(waves(tf.util.sizeFromShape(shape), i), shape);
      try {
        losses.push((await step.run(x)).loss);
      } finally {
        x.dispose();
      }
    }
  } finally {
    await step.dispose();
  }
  return { events, losses };
}

let w: tf.Variable;
beforeEach(() => {
  w = variable([4], 1);
});
afterEach(() => w.dispose());

const squares = ({ x }: { x: tf.Tensor }) => tf.mean(tf.square(tf.mul(x, w))) as tf.Scalar;
const thrown = (promise: Promise<unknown>): Promise<CompileError> =>
  promise.then(
    () => expect.fail('nothing was thrown'),
    (error) => error,
  );

describe('a step that cannot be compiled', () => {
  it('names a value that was not fed, the kernel that reads it and its line', async () => {
    const before = tf.memory().numTensors;
    const loss = ({ x }: { x: tf.Tensor }, at: { step: number }) =>
      tf.sum(tf.mul(tf.mul(x, w), tf.scalar(at.step + 2))) as tf.Scalar;
    const { events } = await steps({ loss });
    expect(events.map(({ type }) => type)).toEqual(['step-eager']);
    const error = await thrown(steps({ loss, options: { compile: 'always' } }));
    expect(error).toBeInstanceOf(CompileError);
    expect(error.code).toBe('value-undeclared');
    expect(error.message).toMatch(
      /every value that changes between steps must be a feed, got float32 \[\] read by kernel Multiply, made at .*compile-step\.test\.ts:\d+/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('finds a value that changes later', async () => {
    const loss = ({ x }: { x: tf.Tensor }, at: { step: number }) =>
      tf.sum(tf.mul(tf.mul(x, w), tf.scalar(at.step < 5 ? 1.5 : 2))) as tf.Scalar;
    const error = await thrown(steps({ loss, steps: 12, options: { checkEvery: 4 } }));
    expect(error.code).toBe('drift');
    expect(error.message).toMatch(
      /read by kernel Multiply.*Compiled steps since the last check may be wrong\.$/,
    );
  });

  it('runs other kernels eagerly and says why, or refuses', async () => {
    const loss = ({ x }: { x: tf.Tensor }, at: { step: number }) =>
      tf.sum(at.step % 2 === 0 ? tf.relu(tf.mul(x, w)) : tf.tanh(tf.mul(x, w))) as tf.Scalar;
    const { events, losses } = await steps({ loss });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'step-eager',
      reason: expect.stringMatching(/got kernel Tanh at .*test\.ts:\d+.*before: kernel Relu/),
    });
    expect(losses).toHaveLength(4);
    const error = await thrown(steps({ loss, options: { compile: 'always' } }));
    expect([error.code, error.kernel]).toEqual(['structure-changed', 'Tanh']);
  });

  it('runs kernels without translator eagerly and says why, or refuses', async () => {
    const loss = ({ x }: { x: tf.Tensor }) =>
      tf.tidy(() => tf.add(squares({ x }), tf.mul(0, tf.sum(tf.topk(x, 1).values)))) as tf.Scalar;
    const { events } = await steps({ loss });
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'step-eager',
      reason: expect.stringMatching(/got kernel TopK, called at .*test\.ts/),
    });
    const error = await thrown(steps({ loss, options: { compile: 'always' } }));
    expect([error.code, error.kernel]).toEqual(['kernel-unknown', 'TopK']);
  });

  it('says once what is missing, with the line that installs it', async () => {
    const absent = { loadRuntime: () => Promise.reject(new Error("Cannot find package 'onnxruntime-node'")) };
    const { events } = await steps({ loss: squares, options: absent });
    expect(events).toEqual([
      {
        type: 'step-eager',
        reason:
          "compileStep: onnxruntime-node must be version 1.30.0, but it does not load here (Cannot find package 'onnxruntime-node'). " +
          'Run: npm install --ignore-scripts onnxruntime-node@1.30.0',
      },
    ]);
    expect((await thrown(steps({ loss: squares, options: { ...absent, compile: 'always' } }))).code).toBe(
      'engine-missing',
    );
    const other = {
      loadRuntime: async () => ({ env: { versions: { node: '1.20.0' } } }),
      compile: 'always' as const,
    };
    expect((await thrown(steps({ loss: squares, options: other }))).message).toContain(
      'but version 1.20.0 is installed',
    );
  });

  it('finds a compiled step that drifts', async () => {
    const loss = ({ x }: { x: tf.Tensor }) => tf.mean(tf.tanh(tf.exp(tf.mul(x, w)))) as tf.Scalar;
    const run = steps({ loss, options: { tolerance: 1e-12 } });
    expect((await thrown(run)).message).toMatch(
      /must agree with TensorFlow.js within 1e-12, got a difference of/,
    );
  });
});

describe('a compiled step', () => {
  it('compiles each batch shape once and says so', async () => {
    const { events } = await steps({
      loss: squares,
      steps: 12,
      shapeOf: (i) => (i % 3 === 2 ? [1, 4] : [3, 4]),
    });
    expect(
      events.map((event) => event.type === 'step-compile' && [event.recompiled, event.shapes.x]),
    ).toEqual([
      [false, [3, 4]],
      [true, [1, 4]],
    ]);
  });

  it('does nothing natively when told never', async () => {
    const { events, losses } = await steps({ loss: squares, options: { compile: 'never' } });
    expect(events).toEqual([]);
    expect(losses).toHaveLength(4);
  });

  it('keeps feeds apart that share values with each other', async () => {
    const variables = new Map([['w', w]]);
    const feeds = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => ({ a, b });
    const loss = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => tf.sum(tf.sub(tf.mul(a, w), b)) as tf.Scalar;
    const step = await compileStep(loss, variables, feeds, { compile: 'always', threads: 1 });
    const [a, b] = [tf.ones([4]), tf.zeros([4])];
    const losses: number[] = [];
    for (const given of [
      { a, b: a },
      { a, b: a },
      { a, b },
    ]) {
      const { loss: value, gradients } = await step.lossAndGradients(given);
      losses.push((await value.data())[0] as number);
      tf.dispose([value, ...gradients.values()]);
    }
    tf.dispose([a, b]);
    await step.dispose();
    expect((losses[2] as number) - (losses[1] as number)).toBeCloseTo(4, 5);
  });

  it('disposes what feeds made, and leaves the batch alone', async () => {
    const variables = new Map([['w', w]]);
    const step = await compileStep(squares, variables, (x: tf.Tensor) => ({ x: tf.mul(x, 2) }), {
      compile: 'always',
      threads: 1,
      optimizer: descent(variables, 0.1),
    });
    const x = tf.ones([2, 4]);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) await step.run(x);
    expect(tf.memory().numTensors).toBe(before);
    await step.dispose();
    await expect(step.run(x)).rejects.toThrow('steps must come before dispose');
    x.dispose();
  });

  it('refuses options out of range', async () => {
    const made = (options: CompileOptions, variables = new Map([['w', w]])) =>
      compileStep(squares, variables, (x: tf.Tensor) => ({ x }), options);
    await expect(made({}, new Map())).rejects.toThrow('variables must hold at least one variable, got none');
    await expect(made({}, [w] as never)).rejects.toThrow('variables must be a Map by path, got an array.');
    await expect(made({ optimizer: tf.train.adam(0.1) as never })).rejects.toThrow(
      'optimizer must have step(gradients), got one without.',
    );
    await expect(made({ checkEvery: -1 })).rejects.toThrow('checkEvery must be a whole number ≥ 0, got -1.');
    await expect(made({ tolerance: 0 })).rejects.toThrow('tolerance must be > 0, got 0.');
    await expect(made({ threads: 0 })).rejects.toThrow('threads must be a whole number > 0, got 0.');
    await expect(made({ compile: 'yes' as never })).rejects.toThrow(
      "compile must be 'auto', 'always' or 'never', got yes.",
    );
    const step = await made({});
    await expect(step.run(tf.ones([1, 4]))).rejects.toThrow('run needs options.optimizer, got none.');
    await step.dispose();
  });
});
