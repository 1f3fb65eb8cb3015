import { describe, expect, it } from 'vitest';
import { asDecimals, decimalAt } from './decimals.js';
import { RawColumn } from './raw-column.js';

describe('RawColumn', () => {
  it('gives every number back to the last bit, whatever room it takes', () => {
    const values = Array.from({ length: 200_000 }, (_, row) => {
      if (row % 7 === 0) return Number.NaN;
      if (row < 66_000) return row / 100 - 300; // few digits
      return row < 132_000 ? Math.sin(row) : row * 1e9; // many, and large ones
    });
    const column = new RawColumn('x');
    values.forEach((value, row) => {
      if (!Number.isNaN(value)) column.setNumber(row, value);
    });
    expect(values.every((value, row) => Object.is(value, column.number(row)))).toBe(true);
  });

  it('finds words again past so many that it stops looking for repeats', () => {
    const column = new RawColumn('x');
    for (let row = 0; row < 70_000; row++) column.setWord(row, `word ${row % 69_000}`);
    expect([0, 1, 68_999, 69_000].map((row) => column.words[column.word(row) - 1])).toEqual([
      'word 0',
      'word 1',
      'word 68999',
      'word 0',
    ]);
    expect(column.wordsRepeat).toBe(true);
  });
});

describe('asDecimals', () => {
  it('takes what it can hold exactly, and nothing else', () => {
    const held = asDecimals(Float64Array.of(0.1, -12.25, 3, Number.NaN));
    expect([0, 1, 2, 3].map((at) => held && decimalAt(held, at))).toEqual([0.1, -12.25, 3, Number.NaN]);
    for (const value of [1 / 3, 2 ** 31, -0, 1e-12, Number.POSITIVE_INFINITY])
      expect(asDecimals(Float64Array.of(value))).toBeUndefined();
  });
});
