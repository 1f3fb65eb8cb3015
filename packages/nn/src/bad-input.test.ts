import * as tf from '@tensorflow/tfjs';
import { seededRandom } from '@warmstart/random';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  Activation,
  Conv1d,
  Conv2d,
  type Conv2dOptions,
  Linear,
  Lstm,
  type LstmInput,
  MultiheadAttention,
  maxPool2d,
  type PoolOptions,
  Sequential,
  TransformerBlock,
  type TransformerBlockInput,
  type TransformerBlockOptions,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const random = seededRandom(1, 'bad input');
const layers = [new Linear(2, 2, { random }), new Activation('relu')] as const;
const modules = (...given: unknown[]) => given as unknown as ConstructorParameters<typeof Sequential>;

/** What callers without types write. */
const mistakes: [what: string, make: () => unknown, message: RegExp][] = [
  [
    'a window by position',
    () => new Conv2d(3, 8, 3 as unknown as Conv2dOptions),
    /^Conv2d: window must be a number or \[height, width\], got undefined\. Pass \{ window: … \}/,
  ],
  [
    "TensorFlow's padding",
    () => new Conv2d(3, 8, { random, window: 3, padding: 'valid' as 'same' }),
    /^Conv2d: padding must be 'same', 'tf-same', a number or \[height, width\], got "valid"/,
  ],
  [
    'a 1-D convolution without a window',
    () => new Conv1d(3, 8, { random } as unknown as ConstructorParameters<typeof Conv1d>[2]),
    /^Conv1d: window must be a whole number of at least 1, got undefined/,
  ],
  [
    'a pool without options',
    () => maxPool2d(tf.ones([1, 4, 4, 1]), 2 as unknown as PoolOptions),
    /^maxPool2d: window must be a number or \[height, width\], got undefined/,
  ],
  [
    'layers one by one',
    () => new Sequential(...modules(...layers)),
    /^Sequential: modules must be an array or a Map/,
  ],
  [
    'a function among layers',
    () => new Sequential(...modules([layers[0], tf.relu])),
    /^Sequential: 1 must be a module, got function\. Functions come as new Activation\('relu'\)/,
  ],
  [
    'a block by position',
    () => new TransformerBlock(8 as unknown as TransformerBlockOptions),
    /^TransformerBlock: features must be a whole number of at least 1, got undefined/,
  ],
  [
    'a bare tensor to a block',
    () =>
      new TransformerBlock({ features: 4, headCount: 2, random }).call(
        tf.ones([1, 2, 4]) as unknown as TransformerBlockInput,
      ),
    /^TransformerBlock: the input must be an object with the tensor `x`\. Write call\(\{ x: … \}\)/,
  ],
  [
    'a bare tensor to attention',
    () =>
      new MultiheadAttention(4, 2, { random }).call(
        tf.ones([1, 2, 4]) as unknown as Parameters<MultiheadAttention['call']>[0],
      ),
    /^MultiheadAttention: the input must be an object with the tensor `query`/,
  ],
  [
    'a bare tensor to an LSTM',
    () => new Lstm(4, 2, { random }).call(tf.ones([1, 2, 4]) as unknown as LstmInput),
    /^Lstm: the input must be an object with the tensor `x`/,
  ],
];

describe('layers', () => {
  it.each(mistakes)('refuse %s, and say what to write', (_, make, message) => {
    expect(make).toThrow(message);
  });
});
