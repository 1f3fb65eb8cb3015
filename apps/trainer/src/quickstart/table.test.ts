import { describe, expect, it } from 'vitest';
import { recipes } from './recipe.js';
import { prepareTable, type Rows } from './table.js';

function keys({ features, rowCount }: Rows, width: number): string[] {
  return Array.from({ length: rowCount }, (_, row) =>
    features.subarray(row * width, (row + 1) * width).join(),
  );
}

describe.each(recipes)('prepareTable of $dataset', (recipe) => {
  const prepared = prepareTable(recipe, 7);

  it('lets no row of the test split, nor its duplicate, into the pre-training rows', async () => {
    const { train, validation, test, width } = await prepared;
    const [pool, chosen, held] = [train, validation, test].map((part) => new Set(keys(part, width))) as [
      Set<string>,
      Set<string>,
      Set<string>,
    ];
    expect(pool.size + chosen.size + held.size).toBe(new Set([...pool, ...chosen, ...held]).size);
  });

  it('keeps every distinct row and each class’s share', async () => {
    const { train, validation, test, distinctRows, classNames } = await prepared;
    expect(train.rowCount + validation.rowCount + test.rowCount).toBe(distinctRows);
    const share = ({ labels }: Rows, label: number) =>
      labels.filter((value) => value === label).length / labels.length;
    for (const [label] of classNames.entries()) {
      expect(Math.abs(share(test, label) - share(train, label))).toBeLessThan(0.01);
    }
  });

  it('gives the same rows for the same seed and others for another', async () => {
    const { test } = await prepared;
    expect((await prepareTable(recipe, 7)).test).toEqual(test);
    expect((await prepareTable(recipe, 8)).test).not.toEqual(test);
  });
});
