import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fileTable } from './file-table.js';
import { readSparseCounts } from './sparse-counts.js';

const lines = Array.from({ length: 40 }, (_, row) => `${row},${row % 7},${row % 2 ? 'yes' : 'no'}`);
const csv = (text: string) => new Blob([text]);
const source = (file: Blob, name: string) => ({ kind: 'csv' as const, file, name, label: undefined });

describe('fileTable', () => {
  it('reads a packed table, and new rows by the names of their columns', async () => {
    const packed = new Blob([gzipSync(`a,b,kind\n${lines.join('\n')}\n`)]);
    const table = await fileTable(source(packed, 't.csv.gz'));
    expect(table.dataset.rowCount).toBe(40);
    const more = await table.readFile?.(csv('kind,b,other,a\nx,2,9,1\ny,,9,3\n'), 'new.csv');
    const mean = lines.reduce((sum, _, row) => sum + (row % 7), 0) / 40;
    expect([...(more ?? [])]).toEqual([1, 2, 3, Math.fround(mean)]);
    await expect(table.readFile?.(csv('a,c\n1,2\n'), 'new.csv')).rejects.toThrow(
      'new.csv lacks columns that were learned from: b.',
    );
  });

  it('takes the columns of a count matrix for the samples, each brought to the same sum', async () => {
    const samples = Array.from({ length: 30 }, (_, at) => `s${at}`);
    const genes = Array.from(
      { length: 120 },
      (_, gene) => `g${gene},${samples.map((_, s) => gene + s).join(',')}`,
    );
    const file = csv(`gene,${samples.join(',')}\n${genes.join('\n')}\n`);
    expect((await fileTable(source(file, 't.csv'))).canTurn).toBe(true);
    const table = await fileTable({ ...source(file, 't.csv'), isTurned: true });
    const { features } = (await table.dataset.collect()).columns as unknown as { features: Float32Array };
    expect(features).toHaveLength(30 * 120);
    const sum = features.slice(0, 120).reduce((total, value) => total + Math.expm1(value), 0);
    expect(sum).toBeCloseTo(10_000, 0);
    expect(table.notes.join(' ')).toContain('each row was brought to a sum of 10,000');
  });

  it('refuses packed bytes that are none', async () => {
    await expect(fileTable(source(csv('no'), 't.csv.gz'))).rejects.toThrow('could not be unpacked');
  });
});

describe('readSparseCounts', () => {
  it('reads cells from the columns of a Matrix Market file', async () => {
    const text = '%%MatrixMarket matrix coordinate integer general\n3 2 3\n1 1 5\n3 1 5\n2 2 7\n';
    const { names, rowCount, values } = await readSparseCounts(csv(text), 'm.mtx', 'columns');
    expect([names, rowCount]).toEqual([['gene 1', 'gene 2', 'gene 3'], 2]);
    const half = Math.fround(Math.log1p(5000));
    expect([...values]).toEqual([half, 0, half, 0, Math.fround(Math.log1p(10_000)), 0]);
  });
});
