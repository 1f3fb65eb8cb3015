import { gzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { fromIdx } from '../index.js';

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
