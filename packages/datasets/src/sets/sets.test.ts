import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Batch, ColumnData } from '../columns.js';
import { card, datasetNames, load } from '../index.js';

/** Comparing megabytes value by value takes seconds. */
function digests({ columns }: Batch): Record<string, string> {
  const text = (data: ColumnData) =>
    Array.isArray(data)
      ? data.map(String).join('|')
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Object.fromEntries(
    Object.entries(columns).map(([name, data]) => [
      name,
      createHash('sha256').update(text(data)).digest('hex'),
    ]),
  );
}

describe.each(datasetNames())('%s without files', (name) => {
  it.each(Object.keys(card(name).splits))('reads its split %s, the same rows every time', async (split) => {
    const dataset = await load(name, { split, seed: 3, rows: 20 });
    const first = await dataset.collect();
    expect(first.rowCount).toBeGreaterThan(0);
    expect(dataset.rowCount ?? first.rowCount).toBe(first.rowCount);
    for (const [column, info] of Object.entries(dataset.schema)) {
      expect(first.shapes[column]).toEqual([first.rowCount, ...info.shape]);
      const { classNames } = info;
      if (classNames === undefined || split === 'unsup' || split === 'test') continue;
      const labels = first.columns[column] as Int32Array;
      expect(labels.every((label) => label >= 0 && label < classNames.length)).toBe(true);
    }
    const again: Batch = await (await load(name, { split, seed: 3, rows: 20, stream: true })).collect();
    expect(digests(again)).toEqual(digests(first));
  });

  it('says what it is', async () => {
    const dataset = await load(name);
    expect(dataset.origin).toBe(card(name).offline);
    expect(dataset.card?.name).toBe(name);
    expect(card(name).licence).not.toBe('');
  });
});
