import { describe, expect, it } from 'vitest';
import { paddingMask, padRight } from './padding.js';

describe('padRight', () => {
  it('fills rows up to the longest, which the mask tells apart', () => {
    expect(padRight([[5], [], [6, 7]], 9)).toEqual([
      [5, 9],
      [9, 9],
      [6, 7],
    ]);
    expect(paddingMask([[5], [], [6, 7]])).toEqual([
      [1, 0],
      [0, 0],
      [1, 1],
    ]);
    expect(padRight([], 9)).toEqual([]);
  });

  it('takes a whole data set of rows at once', () => {
    expect(padRight(new Array<number[]>(200_000).fill([]), 0)).toHaveLength(200_000);
  });
});
