import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import '@tensorflow/tfjs-backend-wasm';
import { installKernels } from '@warmstart/kernels';
import * as nn from '@warmstart/nn';
import { adamW } from '@warmstart/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep } from './index.js';

const random = seededRandom(5, 'layers');
const numbers = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(seed + 1.3 * i)),
    shape,
  );
const training = { training: true };

type Build = () => { model: { namedVariables(): Iterable<Named> }; call: (x: tf.Tensor) => tf.Tensor };
interface Named {
  path: string;
  variable: tf.Variable;
  kind: string;
}

const linear = (a: number, b: number) => new nn.Linear(a, b, { random });
const sequence = (...parts: [string, { call(x: tf.Tensor): tf.Tensor }][]): ReturnType<Build> => ({
  model: {
    *namedVariables() {
      for (const [name, part] of parts) {
        for (const named of (part as unknown as { namedVariables?(): Iterable<Named> }).namedVariables?.() ??
          []) {
          yield { ...named, path: `${name}.${named.path}` };
        }
      }
    },
  },
  call: (x) =>
    parts.reduce(
      (value, [, part]) =>
        (part as { call(x: tf.Tensor, options: typeof training): tf.Tensor }).call(value, training),
      x,
    ),
});
const apply = (call: (x: tf.Tensor) => tf.Tensor) => ({ call });

const models: Record<string, { shape: number[]; whole?: number; build: Build }> = {
  MLP: {
    shape: [6, 5],
    build: () => sequence(['a', linear(5, 8)], ['relu', apply(tf.relu)], ['b', linear(8, 3)]),
  },
  'convolution, batch norm, pooling': {
    shape: [4, 8, 8, 3],
    build: () =>
      sequence(
        ['conv', new nn.Conv2d(3, 4, { window: 3, padding: 1, random, bias: false })],
        ['norm', new nn.BatchNorm(4)],
        ['relu', apply(tf.relu)],
        ['pool', new nn.MaxPool2d({ window: 2 })],
        ['down', new nn.Conv2d(4, 5, { window: 3, stride: 2, padding: 1, random })],
      ),
  },
  'depthwise convolution': {
    shape: [3, 8, 8, 4],
    build: () =>
      sequence(
        ['tap', new nn.Conv2d(4, 4, { window: 3, padding: 1, groups: 4, random, bias: false })],
        ['norm', new nn.BatchNorm(4)],
        ['swish', apply((x) => tf.mul(x, tf.sigmoid(x)))],
        ['average', apply((x) => tf.mean(x, [1, 2]))],
        ['head', linear(4, 2)],
      ),
  },
  'layer norm': {
    shape: [5, 6],
    build: () => sequence(['norm', new nn.LayerNorm(6)], ['gelu', apply(nn.gelu)], ['head', linear(6, 2)]),
  },
  attention: {
    shape: [2, 5, 8],
    build: () => {
      const block = new nn.TransformerBlock({ features: 8, headCount: 2, random, activation: 'gelu' });
      return { model: block, call: (x) => block.call({ x, causal: true }, training) };
    },
  },
  embedding: {
    shape: [3, 4],
    whole: 9,
    build: () =>
      sequence(['embedding', new nn.Embedding(9, 5, { random, paddingIndex: 0 })], ['head', linear(5, 3)]),
  },
  'LSTM with projection': {
    shape: [2, 4, 3],
    build: () => {
      const lstm = new nn.Lstm(3, 6, { random, projection: 4, bidirectional: true });
      return { model: lstm, call: (x) => lstm.call({ x }).outputs };
    },
  },
  Performer: {
    shape: [2, 6, 8],
    build: () => {
      const projection = tf.tensor(nn.orthogonalProjection(12, 4, random), [12, 4]);
      const layer = linear(8, 24);
      const call = (x: tf.Tensor) => {
        const parts = tf.split(layer.call(x), 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
        const [query, key, value] = parts.map((part) => nn.splitHeads(part, 2)) as [
          tf.Tensor,
          tf.Tensor,
          tf.Tensor,
        ];
        return nn.performerAttention({ query, key, value, projection });
      };
      return { model: layer, call };
    },
  },
};

beforeAll(async () => {
  await tf.setBackend('wasm');
  await installKernels(tf);
});

/** Twelve steps of a model, each compiled one also run in TensorFlow.js; the differences found. */
async function train(name: string) {
  const { shape, whole, build } = models[name] as (typeof models)[string];
  const { model, call } = build();
  const variables = new Map(
    [...model.namedVariables()]
      .filter(({ kind }) => kind === 'parameter')
      .map(({ path, variable }) => [path, variable]),
  );
  const differences: number[] = [];
  const optimizer = adamW({ variables, learningRate: 0.02 });
  const step = await compileStep(
    ({ x }: { x: tf.Tensor }) => tf.mean(tf.square(tf.sub(call(x), 0.3))) as tf.Scalar,
    variables,
    (seed: number) => ({
      x: whole
        ? tf.tidy(() => tf.cast(tf.mod(tf.abs(tf.mul(numbers(shape, seed), 100)), whole), 'int32'))
        : numbers(shape, seed),
    }),
    {
      compile: 'always',
      threads: 1,
      checkEvery: 2,
      tolerance: 1e-3,
      optimizer,
      onEvent: (event) => {
        if (event.type !== 'step-eager') differences.push(event.difference);
      },
    },
  );
  const losses: number[] = [];
  for (let i = 0; i < 12; i++) losses.push((await step.run(i % 3)).loss);
  await step.dispose();
  optimizer.dispose();
  return { differences, losses };
}

describe('compileStep on the layers of @warmstart/nn', () => {
  it.each(Object.keys(models))('%s', async (name) => {
    const { differences, losses } = await train(name);
    expect(differences).toHaveLength(6);
    expect(Math.max(...differences)).toBeLessThan(1e-3);
    expect(losses.at(-1) as number).toBeLessThan(losses[2] as number);
  });
});
