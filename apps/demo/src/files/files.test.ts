import { open } from '@warmstart/core-checkpoint';
import { describe, expect, it } from 'vitest';
import { hostileSample } from './hostile-sample.js';
import { filterTensors, keyTree } from './key-tree.js';
import { distributionOf, numbersOf } from './numbers.js';

const tensors = ['encoder.0.weight', 'encoder.0.bias', 'head.weight', 'step'].map((key, index) => ({
  key,
  dtype: 'float32',
  shape: [index + 1, 2],
}));

describe('keyTree', () => {
  it('counts tensors and values of every branch', () => {
    const root = keyTree(tensors);
    expect(root.branches.map(({ name, tensorCount }) => [name, tensorCount])).toEqual([
      ['encoder', 2],
      ['head', 1],
    ]);
    expect(root.tensors.map(({ key }) => key)).toEqual(['step']);
    expect(root.valueCount).toBe(2 * (1 + 2 + 3 + 4));
  });
});

describe('filterTensors', () => {
  it.each([
    ['WEIGHT', ['encoder.0.weight', 'head.weight']],
    ['*.weight', ['head.weight']],
    ['**.weight', ['encoder.0.weight', 'head.weight']],
    ['encoder.?.*', ['encoder.0.weight', 'encoder.0.bias']],
    ['a(b', []],
  ])('by %s', (text, keys) => {
    expect(filterTensors(tensors, text).map(({ key }) => key)).toEqual(keys);
  });
});

describe('numbersOf', () => {
  it('reads half floats: 1, −2, the smallest subnormal, infinity', () => {
    const data = Uint16Array.from([0x3c00, 0xc000, 1, 0x7c00]);
    expect([...(numbersOf({ dtype: 'float16', shape: [4], data }) as Float32Array)]).toEqual([
      1,
      -2,
      2 ** -24,
      Number.POSITIVE_INFINITY,
    ]);
    const brain = Uint16Array.from([0x3f80, 0xc000]);
    expect([...(numbersOf({ dtype: 'bfloat16', shape: [2], data: brain }) as Float32Array)]).toEqual([1, -2]);
  });

  it('says so where there is no single real number', () => {
    expect(numbersOf({ dtype: 'complex64', shape: [1], data: Float32Array.from([1, 2]) })).toBeUndefined();
  });
});

describe('distributionOf', () => {
  it('counts what is not finite apart', () => {
    const found = distributionOf([0, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(found).toMatchObject({ count: 4, notFinite: 2, zeros: 1, low: 0, high: 3, mean: 1.5 });
    expect(found.bins.reduce((sum, bin) => sum + bin, 0)).toBe(4);
  });
});

describe('hostileSample', () => {
  it('is refused for the name it asks for', async () => {
    await expect(open(hostileSample(), { name: 'hostile.pt' })).rejects.toMatchObject({
      code: 'unsafe-global',
      message: expect.stringContaining('posix.system'),
    });
  });
});
