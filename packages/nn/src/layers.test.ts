import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { MultiheadAttention } from './attention.js';
import { BatchNorm } from './batch-norm.js';
import { Conv1d } from './conv1d.js';
import { Conv2d } from './conv2d.js';
import { nameSeeded } from './fixtures/name-seeded.js';
import { LayerNorm } from './layer-norm.js';
import { Lstm, type LstmOptions } from './lstm.js';
import type { AnyModule } from './module.js';
import { adaptiveAveragePool2d, averagePool2d, maxPool2d } from './pooling.js';
import { TransformerBlock } from './transformer-block.js';

interface Reference {
  y: number[];
  shape: number[];
  x: number[];
  parameters: Record<string, number[]>;
  buffers?: Record<string, number[]>;
  keys?: string[];
}

const references: Record<string, Reference> = JSON.parse(
  readFileSync(new URL('fixtures/layers.json', import.meta.url), 'utf8'),
);

interface Case {
  shape: number[];
  module?: AnyModule;
  call: (x: tf.Tensor) => tf.Tensor;
}

const random = seededRandom(0);
const images = (module: AnyModule, channels: number): Case => ({
  module,
  shape: [2, 7, 6, channels],
  call: (x) => module.call(x),
});
const sequences = (module: AnyModule, channels: number): Case => ({
  ...images(module, channels),
  shape: [2, 7, channels],
});
const pooled = (call: (x: tf.Tensor) => tf.Tensor, shape = [2, 7, 6, 3]): Case => ({ call, shape });
const attended = (masks: object): Case => {
  const module = new MultiheadAttention(6, 2, { random });
  return { module, shape: [2, 4, 6], call: (query) => module.call({ query, ...masks }) };
};
const block = (options: object): Case => {
  const module = new TransformerBlock({ features: 6, headCount: 2, hiddenFeatures: 8, random, ...options });
  return { module, shape: [2, 4, 6], call: (x) => module.call({ x }) };
};
const recurrent = (options: Partial<LstmOptions>): Case => {
  const module = new Lstm(3, 4, { random, ...options });
  return { module, shape: [2, 5, 3], call: (x) => tf.tidy(() => module.call({ x }).outputs) };
};
const normed = (options: { epsilon?: number; momentum?: number }, training: boolean): Case => {
  const module = new BatchNorm(3, options);
  return { module, shape: [2, 3, 4, 3], call: (x) => module.call(x, { training }) };
};

const cases: Record<string, () => Case> = {
  'conv2d 3x3': () => images(new Conv2d(3, 4, { random, window: 3 }), 3),
  'conv2d 3x2 stride 2x1 padding 1x1': () =>
    images(new Conv2d(3, 4, { random, window: [3, 2], stride: [2, 1], padding: 1 }), 3),
  'conv2d groups 2': () => images(new Conv2d(4, 6, { random, window: 3, groups: 2, padding: 1 }), 4),
  'conv2d depthwise': () =>
    images(new Conv2d(4, 4, { random, window: 3, groups: 4, stride: 2, padding: 1 }), 4),
  'conv2d depthwise multiplier 2': () =>
    images(new Conv2d(3, 6, { random, window: 3, groups: 3, padding: 1 }), 3),
  'conv2d dilation 2': () => images(new Conv2d(3, 4, { random, window: 3, dilation: 2, padding: 2 }), 3),
  'conv2d depthwise dilation 2x1': () =>
    images(new Conv2d(3, 3, { random, window: 3, dilation: [2, 1], groups: 3 }), 3),
  'conv2d same even window': () =>
    images(new Conv2d(3, 2, { random, window: 4, padding: 'same', bias: false }), 3),
  'conv2d reflect': () =>
    images(new Conv2d(3, 2, { random, window: 3, padding: 2, paddingMode: 'reflect' }), 3),
  'conv2d replicate': () =>
    images(new Conv2d(3, 2, { random, window: 3, padding: 1, paddingMode: 'replicate' }), 3),
  'conv2d circular': () =>
    images(new Conv2d(3, 2, { random, window: 3, padding: 1, paddingMode: 'circular' }), 3),
  'conv1d 3 stride 2': () => sequences(new Conv1d(3, 4, { random, window: 3, stride: 2, padding: 1 }), 3),
  'conv1d dilation 2': () => sequences(new Conv1d(3, 4, { random, window: 2, dilation: 2 }), 3),
  'conv1d depthwise': () => sequences(new Conv1d(4, 4, { random, window: 3, groups: 4, padding: 1 }), 4),
  'conv1d groups 2': () => sequences(new Conv1d(4, 6, { random, window: 2, groups: 2 }), 4),
  'maxPool 3 stride 2 padding 1': () => pooled((x) => maxPool2d(x, { window: 3, stride: 2, padding: 1 })),
  'maxPool 3 stride 2 ceil': () =>
    pooled((x) => maxPool2d(x, { window: 3, stride: 2, ceilMode: true }), [2, 8, 6, 3]),
  'maxPool 2': () => pooled((x) => maxPool2d(x, { window: 2 })),
  'avgPool 3 stride 1 padding 1': () => pooled((x) => averagePool2d(x, { window: 3, stride: 1, padding: 1 })),
  'avgPool 3 stride 1 padding 1 excluded': () =>
    pooled((x) => averagePool2d(x, { window: 3, stride: 1, padding: 1, countIncludePad: false })),
  'avgPool 3 stride 2 padding 1 ceil': () =>
    pooled((x) => averagePool2d(x, { window: 3, stride: 2, padding: 1, ceilMode: true }), [2, 8, 6, 3]),
  'avgPool 3 stride 2 padding 1 ceil excluded': () =>
    pooled(
      (x) => averagePool2d(x, { window: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
      [2, 8, 6, 3],
    ),
  'adaptive 3x2': () => pooled((x) => adaptiveAveragePool2d(x, [3, 2])),
  'adaptive 1 to 7': () => pooled((x) => adaptiveAveragePool2d(x, 7), [2, 1, 1, 3]),
  'batchNorm eval': () => normed({ epsilon: 1e-3 }, false),
  'batchNorm train': () => normed({ momentum: 0.2 }, true),
  layerNorm: () => ({ ...sequences(new LayerNorm(5), 5), shape: [2, 3, 5] }),
  attention: () => attended({}),
  'attention masked': () =>
    attended({
      keyMask: tf.tensor2d([
        [1, 1, 1, 0],
        [1, 1, 1, 1],
      ]),
    }),
  'attention causal': () => attended({ causal: true }),
  'block post-norm': () => block({ epsilon: 1e-12, activation: 'gelu' }),
  'block pre-norm': () => block({ normFirst: true }),
  lstm: () => recurrent({}),
  'lstm 2 layers both ways': () => recurrent({ layerCount: 2, bidirectional: true }),
  'lstm projected': () => recurrent({ layerCount: 2, projection: 2 }),
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(got: ArrayLike<number>, expected: number[], tolerance = 2e-5): void {
  expect(got.length).toBe(expected.length);
  const largest = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (got[i] as number))));
  expect(worst / largest).toBeLessThan(tolerance);
}

async function inTorchLayout(tensor: tf.Tensor, layout: readonly number[] | undefined) {
  if (!layout) return tensor.data();
  const inverse = layout.map((_, axis) => layout.indexOf(axis));
  return tf.tidy(() => tf.transpose(tensor, inverse)).data();
}

describe('layers', () => {
  it('has a case for every reference', () => {
    expect(Object.keys(cases)).toEqual(Object.keys(references));
  });

  for (const [name, reference] of Object.entries(references)) {
    it(`${name}: PyTorch's keys, output, gradients and buffers, and no tensor left behind`, async () => {
      const { module, shape, call } = (cases[name] as () => Case)();
      const named = [...(module?.namedVariables() ?? [])];
      if (module) expect(named.map(({ path }) => path)).toEqual(reference.keys);
      for (const { path, variable, layout, kind } of named) {
        if (path === 'num_batches_tracked') continue;
        const [low, high] = path === 'running_var' ? [0.5, 1.5] : [-1, 1];
        const torchShape = layout
          ? layout.map((_, axis) => variable.shape[layout.indexOf(axis)] as number)
          : variable.shape;
        const values = tf.tensor(nameSeeded(`${name} ${path}`, variable.size, low, high), torchShape);
        variable.assign(layout ? tf.transpose(values, [...layout]) : values);
        expect(kind).toBe(path in reference.parameters ? 'parameter' : 'buffer');
      }
      const x = tf.tensor(nameSeeded(`${name} x`, tf.util.sizeFromShape(shape)), shape);
      const before = tf.memory().numTensors;
      const y = call(x);
      expect(y.shape).toEqual(reference.shape);
      expectClose(await y.data(), reference.y);
      for (const { path, variable } of named) {
        const expected = reference.buffers?.[path];
        if (expected) expectClose(await variable.data(), expected);
      }
      const cotangent = tf.tensor(nameSeeded(`${name} cotangent`, y.size), y.shape);
      y.dispose();
      const input = tf.variable(x);
      const learning = named.filter(({ kind }) => kind === 'parameter');
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(call(input), cotangent)) as tf.Scalar,
        [input, ...learning.map(({ variable }) => variable)],
      );
      expectClose(await (grads[input.name] as tf.Tensor).data(), reference.x);
      for (const { path, variable, layout } of learning) {
        const gradient = await inTorchLayout(grads[variable.name] as tf.Tensor, layout);
        expectClose(gradient, reference.parameters[path] as number[]);
      }
      tf.dispose([value, cotangent, input]);
      tf.dispose(grads);
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before + learning.filter((v) => v.layout).length);
      module?.dispose();
    });
  }
});
