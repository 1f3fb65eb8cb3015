import { describe, expect, it } from 'vitest';
import { encodeTexts, fromColumns, type TextTokenizer } from '../index.js';

/** Ids are lengths of words, between 1 and 2; 0 fills rows. */
const byLength: TextTokenizer = {
  encode(texts, { maxLength, padTo, padId = 0 }) {
    const rows = texts.map((text) => [
      1,
      ...text
        .split(' ')
        .map((word) => word.length)
        .slice(0, maxLength - 2),
      2,
    ]);
    const fill = (row: number[], value: number) => [...row, ...Array(padTo - row.length).fill(value)];
    return {
      tokens: rows.map((row) => fill(row, padId)),
      mask: rows.map((row) => fill(Array(row.length).fill(1), 0)),
    };
  },
};
const texts = fromColumns(
  { text: ['three', 'a few words more than fit'] },
  { schema: { text: { dtype: 'string', shape: [] } } },
);

describe('encodeTexts', () => {
  it('adds columns of ids and of what is not padding, in rows of one length', async () => {
    const { columns, shapes } = await texts.map(...encodeTexts(byLength, { length: 5, padId: 9 })).collect();
    expect(shapes.inputIds).toEqual([2, 5]);
    expect([...(columns.inputIds as Int32Array)]).toEqual([1, 5, 2, 9, 9, 1, 1, 3, 5, 2]);
    expect([...(columns.attentionMask as Int32Array)]).toEqual([1, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
    expect(columns.text).toEqual(['three', 'a few words more than fit']);
  });

  it('needs a column of text', () => {
    expect(() => texts.map(...encodeTexts(byLength, { length: 5, column: 'words' }))).toThrow(
      'encodeTexts: the column "words" must hold text.',
    );
  });
});
