import { describe, expect, it } from 'vitest';
import { recipes } from './recipe.js';
import { prepareTable, type Rows } from './table.js';

function keys({ features, rowCount }: Rows, width: number): string[] {
  return Array.from({ length: rowCount }, (_, row) =>
    features.subarray(row * width, (row + 1) * width).join(),
  );
}

describe.each(recipes)('prepareTable of $dataset', (recipe) => {
  const prepared = prepareTable(recipe);

  it('lets no row of the test split, nor its duplicate, into the pre-training rows', async () => {
    const { train, test, width } = await prepared;
    const pool = new Set(keys(train, width));
    expect(keys(test, width).filter((row) => pool.has(row))).toEqual([]);
  });

  it('keeps every distinct row and each class’s share', async () => {
    const { train, validation, test, distinctRows, classNames } = await prepared;
    expect(train.rowCount + validation.rowCount + test.rowCount).toBe(distinctRows);
    const share = ({ labels }: Rows, label: number) =>
      labels.filter((value) => value === label).length / labels.length;
    for (const [label] of classNames.entries()) {
      expect(Math.abs(share(test, label) - share(train, label))).toBeLessThan(0.03);
    }
  });
});
