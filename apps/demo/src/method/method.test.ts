import { describe, expect, it } from 'vitest';
import { labelledRows } from './draws.js';
import { newRowFor } from './new-row.js';
import { budget, type Trial } from './race.js';
import { readCsv } from './read-csv.js';
import { standingOf } from './standing.js';
import { meanInterval } from './statistics.js';
import { prepareTable } from './table.js';

const csv = (text: string) => new Blob([text]);
const numbers = Array.from({ length: 60 }, (_, row) => `${row},${row % 7},${row % 2 ? 'yes' : 'no'}`).join(
  '\n',
);

describe('readCsv', () => {
  it('tells numbers, missing values and text apart, whatever the delimiter', async () => {
    const { numbers: columns, texts, rowCount } = await readCsv(csv('a;b;c\n1;x;NA\n2;y;4\n'), 't.csv');
    expect(rowCount).toBe(2);
    expect(columns.map(({ name, missing }) => [name, missing])).toEqual([
      ['a', 0],
      ['c', 1],
    ]);
    expect(texts).toEqual([{ name: 'b', values: ['x', 'y'] }]);
  });

  it('says that there are no rows', async () => {
    await expect(readCsv(csv('a,b\n'), 't.csv')).rejects.toThrow(
      't.csv has no rows below its first line of names.',
    );
  });
});

describe('prepareTable', () => {
  it('needs two columns of numbers', async () => {
    const file = csv(`a\n${Array.from({ length: 60 }, (_, row) => row).join('\n')}`);
    await expect(prepareTable({ kind: 'csv', file, name: 'one.csv', label: undefined })).rejects.toThrow(
      'one.csv has one column of numbers; rebuilding one value from others needs at least two.',
    );
  });

  it('keeps the classes apart from the features and standardises by training rows', async () => {
    const file = csv(`a,b,kind\n${numbers}`);
    const table = await prepareTable({ kind: 'csv', file, name: 't.csv', label: 'kind' });
    expect(table.featureNames).toEqual(['a', 'b']);
    expect(table.classNames).toEqual(['no', 'yes']);
    const { features, rowCount } = table.train;
    const mean = features.reduce((sum, value, i) => (i % 2 === 0 ? sum + value : sum), 0) / rowCount;
    expect(mean).toBeCloseTo(0, 5);
    expect(table.train.rowCount + table.validation.rowCount + table.test.rowCount).toBe(60);
  });

  it('draws labels evenly, without repeats, and refuses fewer than classes', async () => {
    const file = csv(`a,b,kind\n${numbers}`);
    const table = await prepareTable({ kind: 'csv', file, name: 't.csv', label: 'kind' });
    const drawn = labelledRows(table, { labels: 8, seed: 1, draw: 0 });
    expect(drawn.labels.reduce((sum, label) => sum + label, 0)).toBe(4);
    expect(() => labelledRows(table, { labels: 1, seed: 1, draw: 0 })).toThrow(
      'at least 2 labels are needed, got 1.',
    );
  });
});

describe('standingOf', () => {
  it('chooses by validation rows and never by test rows', () => {
    const marks = budget.marks.length;
    const trial = (learningRate: number, validation: number, predicted: number): Trial => ({
      learningRate,
      validation: new Array<number>(marks).fill(validation),
      predicted: Array.from({ length: marks }, () => Uint8Array.from([predicted, predicted])),
      truth: Int32Array.from([1, 1]),
    });
    const draws = [[trial(1e-4, 0.9, 0), trial(1e-3, 0.5, 1)]];
    const standing = standingOf('finetune', draws, 2);
    expect(standing).toMatchObject({ learningRate: 1e-4, steps: 0, perDraw: [0] });
    expect(standing.confusion).toEqual([
      [0, 0],
      [2, 0],
    ]);
  });
});

describe('meanInterval', () => {
  it('is Student’s, as in a table: 1 … 5 gives 3 ± 1.963', () => {
    const { mean, low, high } = meanInterval([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    expect(high - mean).toBeCloseTo(1.9632, 3);
    expect(mean - low).toBeCloseTo(1.9632, 3);
  });
});

describe('newRowFor', () => {
  it('counts an e-mail as Spambase does', () => {
    const names = ['word_freq_free', 'char_freq_!', 'capital_run_length_longest', 'capital_run_length_total'];
    const facts = { featureNames: names, width: 4 } as unknown as Parameters<typeof newRowFor>[1];
    const row = newRowFor({ kind: 'sample', name: 'spambase' }, facts);
    const values = [...(row?.read('FREE beer!') ?? [])];
    expect(values).toEqual([50, 10, 4, 4]);
  });

  it('refuses DNA of another length in words', () => {
    const row = newRowFor({ kind: 'sample', name: 'dna-splice' }, {} as Parameters<typeof newRowFor>[1]);
    expect(() => row?.read('ACGT')).toThrow('A row is 60 letters A, C, G or T, got 4.');
  });
});
