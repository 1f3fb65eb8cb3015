import { describe, expect, it } from 'vitest';
import truth from '../../fixtures/counts/truth.json' with { type: 'json' };
import { fromCounts } from './from-counts.js';

// fixtures/make_counts.py
const urls = {
  'csr.h5ad': new URL('../../fixtures/counts/csr.h5ad', import.meta.url),
  'cell-ranger.h5': new URL('../../fixtures/counts/cell-ranger.h5', import.meta.url),
};

describe('fromCounts in a browser', () => {
  it.each(Object.entries(urls))('reads %s of a File', async (name, url) => {
    const file = new File([await (await fetch(url)).arrayBuffer()], name);
    const dataset = await fromCounts(file, { hdf5: () => import('h5wasm'), featureTypes: 'all' });
    const { columns } = await dataset.collect();
    expect([...columns.features]).toEqual(truth.counts);
    expect(columns.sample).toEqual(truth.barcodes);
    expect(dataset.schema.features.ids).toEqual(truth.ids);
  });

  it('rejects a damaged one', async () => {
    const bytes = new Uint8Array(await (await fetch(urls['csr.h5ad'])).arrayBuffer());
    const file = new File([bytes.subarray(0, 30_000)], 'cut.h5ad');
    await expect(fromCounts(file, { hdf5: () => import('h5wasm') })).rejects.toMatchObject({
      code: 'malformed',
      file: 'cut.h5ad',
    });
  });
});
