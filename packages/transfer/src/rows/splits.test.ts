import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import type { OutputColumn } from '../schema/output-schema.js';
import type { RowIndex } from './rows.js';
import { splitRows } from './splits.js';

const classes: OutputColumn = { kind: 'classes', column: 'kind', classNames: ['common', 'rare'] };

function index(rowCount: number, rareEvery = 50): RowIndex {
  const random = seededRandom(5, 'ids');
  return {
    rowCount,
    ids: Float64Array.from({ length: rowCount }, () => Math.floor(random() * 2 ** 40)),
    outputs: Float64Array.from({ length: rowCount }, (_, row) => (row % rareEvery === 0 ? 1 : 0)),
  };
}

describe('splitRows', () => {
  it('gives each class its share of each part', () => {
    const rows = index(1000);
    const { train, validation, test } = splitRows(rows, classes);
    const rare = (part: Uint32Array) => part.filter((row) => rows.outputs?.[row] === 1).length;
    expect([train.length, validation.length, test.length]).toEqual([600, 200, 200]);
    expect([rare(train), rare(validation), rare(test)]).toEqual([12, 4, 4]);
  });

  it('does not depend on the order of the rows', () => {
    const rows = index(300);
    const reversed: RowIndex = {
      rowCount: 300,
      ids: rows.ids.slice().reverse(),
      outputs: (rows.outputs as Float64Array).slice().reverse(),
    };
    const ids = (of: RowIndex) => Array.from(splitRows(of, classes).test, (row) => of.ids[row]).sort();
    expect(ids(reversed)).toEqual(ids(rows));
  });

  it('keeps nearly all rows of a file that grew where they were', () => {
    const all = index(1100);
    const before: RowIndex = {
      rowCount: 1000,
      ids: all.ids.subarray(0, 1000),
      outputs: (all.outputs as Float64Array).subarray(0, 1000),
    };
    const was = new Set(splitRows(before, classes).train);
    const learnedThenTested = splitRows(all, classes).test.filter((row) => was.has(row));
    expect(learnedThenTested.length).toBeLessThan(20);
  });

  it('keeps equal rows together, whatever their labels', () => {
    const rows = index(400, 2);
    const ids = rows.ids.map((id, row) => (row % 2 === 1 ? (rows.ids[row - 1] as number) : id));
    const splits = splitRows({ ...rows, ids }, classes);
    const partOf = new Map<number, string>();
    for (const [name, part] of Object.entries(splits) as [string, Uint32Array][]) {
      for (const row of part) {
        const id = ids[row] as number;
        expect(partOf.get(id) ?? name).toBe(name);
        partOf.set(id, name);
      }
    }
  });

  it('takes the parts that the data name, and refuses shares that leave nothing', () => {
    const rows = { ...index(4), parts: Uint8Array.of(2, 0, 1, 0) };
    expect(splitRows(rows, classes)).toEqual({
      train: Uint32Array.of(1, 3),
      validation: Uint32Array.of(2),
      test: Uint32Array.of(0),
    });
    expect(() => splitRows(index(4), classes, { test: 0.9, validation: 0.2 })).toThrow(
      'validation and test must be shares that sum to less than 1, got 0.2 and 0.9',
    );
  });
});
