import { readFileSync } from 'node:fs';
import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../files.js';
import { type CountOptions, DatasetError, fromCounts } from '../index.js';

// fixtures/make_counts.py
const at = (name: string) => new URL(`../../fixtures/counts/${name}`, import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(at(name)));
const truth = JSON.parse(readFileSync(at('truth.json'), 'utf8'));
const hdf5 = () => import('h5wasm');
const open = (name: string, options: CountOptions = {}, bytes = bytesOf(name)) =>
  fromCounts(memoryFiles({ [name]: bytes }), { hdf5, ...options });
const float32 = (values: number[]) => [...Float32Array.from(values)];

describe('fromCounts of HDF5', () => {
  it.each(['csr.h5ad', 'csc.h5ad'])(
    'reads %s: counts, genes by symbol and id, obs as classes',
    async (name) => {
      const dataset = await open(name);
      const { columns } = await dataset.collect();
      expect([...columns.features]).toEqual(truth.counts);
      expect(columns.sample).toEqual(truth.barcodes);
      expect(dataset.schema.features).toMatchObject({ names: truth.symbols, ids: truth.ids });
      expect(dataset.schema.label?.classNames).toEqual(['B', 'T']);
      expect([...(columns.label as Int32Array)].slice(0, 6)).toEqual([1, 0, 1, -1, 0, 1]);
      expect(dataset.counts).toMatchObject({ format: 'h5ad', values: 'counts', label: 'cell_type' });
      expect(dataset.notes.map(({ message }) => message)).toContain('1 of 12 samples have no counts at all.');
    },
  );

  it('reads columns of obs of every kind', async () => {
    const classes = async (label: string) => (await open('csr.h5ad', { label })).schema.label?.classNames;
    expect(await classes('healthy')).toEqual(['False', 'True']);
    expect(await classes('donor')).toEqual(['d1', 'd2']);
    expect(await classes('score')).toEqual(['1', '3']);
    const { columns } = await (await open('csr.h5ad', { target: 'age' })).collect();
    expect([...(columns.target as Float64Array)].slice(0, 2)).toEqual([20.5, 21.5]);
    await expect(open('csr.h5ad', { label: 'kind' })).rejects.toThrow(
      'label must be a column of obs of csr.h5ad ("donor", "cell_type", "age", "healthy", "note" and 1 more)',
    );
  });

  it('says that X is logged already, and reads the layer asked for', async () => {
    const dataset = await open('layers.h5ad');
    expect([...(await dataset.collect()).columns.features]).toEqual(float32(truth.logged));
    expect(dataset.counts?.values).toBe('logged');
    const messages = dataset.notes.map(({ message }) => message);
    expect(messages).toContain('The numbers are those of X; the file also holds counts, raw.');
    expect(messages).toContain(
      'The values are logarithms already (the file says so), and are not to be logged again.',
    );
    for (const layer of ['counts', 'raw']) {
      const { columns } = await (await open('layers.h5ad', { layer })).collect();
      expect([...columns.features]).toEqual(truth.counts);
    }
    await expect(open('layers.h5ad', { layer: 'spliced' })).rejects.toThrow(
      'layer must be one of X, counts, raw, got "spliced"',
    );
  });

  it('reads what Cell Ranger writes, without its antibodies', async () => {
    const dataset = await open('cell-ranger.h5');
    const { columns } = await dataset.collect();
    expect(dataset.schema.features).toMatchObject({
      names: truth.symbols.slice(0, 7),
      ids: truth.ids.slice(0, 7),
    });
    expect([...columns.features.subarray(0, 7)]).toEqual(truth.counts.slice(0, 7));
    const all = await (await open('cell-ranger.h5', { featureTypes: 'all' })).collect();
    expect([...all.columns.features]).toEqual(truth.counts);
  });

  it('asks for h5wasm, and refuses what is not HDF5 or cannot be decompressed', async () => {
    await expect(fromCounts(memoryFiles({ 'a.h5ad': bytesOf('csr.h5ad') }))).rejects.toMatchObject({
      code: 'missing-peer',
      message: expect.stringContaining("npm install h5wasm, then pass hdf5: () => import('h5wasm')"),
    });
    await expect(open('a.h5ad', {}, new Uint8Array(3000))).rejects.toThrow('the file is not HDF5');
    await expect(open('lzf.h5ad')).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(
        'X cannot be read: it is damaged, or compressed in a way that h5wasm lacks',
      ),
    });
    await expect(open('csr.h5ad', {}, bytesOf('csr.h5ad').subarray(0, 20_000))).rejects.toThrow(DatasetError);
  });

  it('loads damaged files right or refuses them, with an error of its own', async () => {
    const random = seededRandom(11, 'damage');
    let refused = 0;
    for (let turn = 0; turn < 60; turn++) {
      const name = ['csr.h5ad', 'csc.h5ad', 'cell-ranger.h5'][turn % 3] as string;
      const bytes = bytesOf(name);
      for (let hit = 0; hit < 8; hit++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      try {
        const dataset = await open(name, { featureTypes: 'all', label: null }, bytes);
        expect((await dataset.collect()).columns.features).toHaveLength(12 * 9);
      } catch (error) {
        expect(error).toBeInstanceOf(DatasetError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    expect([...(await (await open('csr.h5ad')).collect()).columns.features]).toEqual(truth.counts);
  });
});
