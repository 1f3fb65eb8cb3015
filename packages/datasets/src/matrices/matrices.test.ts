import { gzipSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { fromIdx, fromMatrixMarket } from '../index.js';

const mtx = '%%MatrixMarket matrix coordinate integer general\n%\n3 2 4\n1 1 5\n3 2 7\n2 1 1\n1 2 9\n';
const tenx = {
  'filtered/matrix.mtx.gz': gzipSync(strToU8(mtx)),
  'filtered/features.tsv.gz': gzipSync(strToU8('E1\tA\tGene\nE2\tB\tGene\nE3\tC\tGene\n')),
  'filtered/barcodes.tsv': 'AAC-1\nGGT-1\n',
};

describe('fromMatrixMarket', () => {
  it('gives cells as rows of genes, dense and in any order', async () => {
    const labels = { 'GGT-1': 'T cell', 'TTT-1': 'B cell' };
    const dataset = await fromMatrixMarket(memoryFiles(tenx), { labels, featureNames: 'name' });
    expect(dataset.schema.features.names).toEqual(['A', 'B', 'C']);
    expect(dataset.randomAccess).toBe(true);
    const { columns, shapes } = await dataset.collect();
    expect(shapes.features).toEqual([2, 3]);
    expect([...columns.features]).toEqual([5, 1, 0, 9, 0, 7]);
    expect(columns.sample).toEqual(['AAC-1', 'GGT-1']);
    expect([...(columns.label ?? [])]).toEqual([-1, 1]);
    const last = await dataset.select(Uint32Array.of(1)).collect();
    expect([...last.columns.features]).toEqual([9, 0, 7]);
  });

  it('takes rows as samples when told so', async () => {
    const dataset = await fromMatrixMarket(memoryFiles({ 'm.mtx': mtx }), { samples: 'rows' });
    const { columns } = await dataset.collect();
    expect([...columns.features]).toEqual([5, 9, 1, 0, 0, 7]);
    expect(columns.sample).toEqual(['1', '2', '3']);
  });

  it('refuses names that do not fit, a cut file, sizes past the limits and none at all', async () => {
    const wrong = memoryFiles({ ...tenx, 'filtered/barcodes.tsv': 'AAC-1\n' });
    await expect(fromMatrixMarket(wrong)).rejects.toThrow('the matrix needs 2 names, got 1');
    const cut = memoryFiles({ 'm.mtx': mtx.slice(0, -6) });
    await expect(fromMatrixMarket(cut)).rejects.toMatchObject({ code: 'truncated', file: 'm.mtx' });
    const huge = memoryFiles({ 'm.mtx': mtx.replace('3 2 4', '3 99000000000 4') });
    await expect(fromMatrixMarket(huge)).rejects.toMatchObject({ code: 'limit' });
    await expect(fromMatrixMarket(memoryFiles({ 'a.txt': '' }))).rejects.toMatchObject({ code: 'missing' });
  });
});

describe('fromIdx', () => {
  const idx = (sizes: number[], values: number[]) =>
    Uint8Array.from([0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size]), ...values]);
  const images = idx([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const pair = {
    'train-images-idx3-ubyte.gz': gzipSync(images),
    'train-labels-idx1-ubyte': idx([2], [1, 0]),
    't10k-images-idx3-ubyte': images,
  };

  it('gives images with one channel and their labels', async () => {
    const dataset = await fromIdx(memoryFiles(pair), { split: 'train' });
    const { columns, shapes } = await dataset.collect();
    expect(shapes.image).toEqual([2, 2, 3, 1]);
    expect([...columns.image]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([...columns.label]).toEqual([1, 0]);
    expect(dataset.schema.label.classNames).toEqual(['0', '1']);
  });

  it('refuses two splits at once, half a pair and labels past the classes', async () => {
    await expect(fromIdx(memoryFiles(pair))).rejects.toThrow("got more. Pass split: 'train'");
    await expect(fromIdx(memoryFiles(pair), { split: 't10k' })).rejects.toMatchObject({ code: 'missing' });
    await expect(fromIdx(memoryFiles(pair), { split: 'train', classNames: ['a'] })).rejects.toThrow(
      'labels must be below 1, got 1',
    );
  });
});
