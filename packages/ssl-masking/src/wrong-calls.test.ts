import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  columnLoss,
  defineMask,
  hideValues,
  maskedLoss,
  maskPatches,
  maskTokens,
  sampleMask,
} from './index.js';

const random = () => 0.4;
const x = () => tf.ones([2, 4]) as tf.Tensor2D;
const mask = () => sampleMask([2, 4], 0.5, random);

// each was silent, or an error from within, for someone who knew only the names
describe.each<[string, () => unknown, string]>([
  ['a seed', () => sampleMask([2, 4], 0.5, 7 as never), "got number. E.g. seededRandom(7, 'mask')."],
  ['an option of another name', () => sampleMask([2, 4], 0.5, random, { group: 2 } as never), 'got "group"'],
  ['a tensor as the shape', () => sampleMask(x() as never, 0.5, random), 'shape must be [rows, features]'],
  ['options as a replacement', () => hideValues(x(), mask(), { token: 0 } as never), 'a number or a tensor'],
  ['another kind of error', () => maskedLoss(x(), x(), mask(), { kind: 'mse' as never }), 'got kind "mse"'],
  ['a kind in place of options', () => maskedLoss(x(), x(), mask(), 'mse' as never), 'got "mse" in place of'],
  [
    'another kind of column',
    () => columnLoss(x(), x(), mask(), [{ kind: 'number' as never, start: 0, size: 4 }]),
    'columnLoss: kind must be numeric, binary or category, got "number".',
  ],
  ['another kind of mask', () => defineMask({ kind: 'token', ratio: 0.5 } as never), 'got "token"'],
  ['no ratio', () => defineMask({ maskRatio: 0.5 } as never), 'defineMask: ratio must be given'],
  [
    'a tensor as values',
    () => defineMask({ ratio: 0.5 }).apply(x() as never, { random } as never, undefined as never),
    'Of a tensor, give await x.data() and x.shape.',
  ],
  [
    'another layout',
    () => maskPatches([1, 8, 8], { patchSize: 2, random, layout: 'blocks' as never }),
    'layout must be scattered or block, got "blocks".',
  ],
  [
    'no special tokens',
    () => maskTokens([5, 6], [1, 2], { maskId: 4, vocabularySize: 9, random } as never),
    '[] if there are none',
  ],
])('%s', (_, call, message) => {
  it('is refused in words', () => {
    expect(call).toThrow(message);
  });
});
