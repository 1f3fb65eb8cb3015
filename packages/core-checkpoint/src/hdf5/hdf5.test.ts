import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as h5wasm from 'h5wasm';
import { describe, expect, it, vi } from 'vitest';
import { CheckpointError } from '../errors.js';
import { open } from '../open.js';
import type { Hdf5Library, Hdf5Module } from './module.js';

const folder = fileURLToPath(new URL('../../fixtures/hdf5/', import.meta.url));
const hdf5 = h5wasm as unknown as Hdf5Module; // the part of it that is used

/** What opening, and then reading every tensor, ends with. */
async function verdict(name: string): Promise<CheckpointError> {
  try {
    await using checkpoint = await open(folder + name, { hdf5 });
    for (const key of checkpoint.keys()) await checkpoint.read(key);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('it loaded');
}

describe('open, on HDF5', () => {
  it.each(['gzip', 'fletcher', 'scale-offset'])('reads what is compressed with %s', async (name) => {
    await using checkpoint = await open(`${folder}${name}.h5`, { hdf5 });
    const { data } = await checkpoint.read('w');
    expect(Array.from(data, Number)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it.each([
    ['lzf.h5', 'unsupported-compression', 'w: is compressed with "lzf" (HDF5 filter 32000)'],
    ['fletcher-damaged.h5', 'crc', 'w: is not readable as HDF5 (filter returned failure during read)'],
    ['gzip-damaged.h5', 'crc', 'w: is not readable as HDF5'],
    ['names-damaged.h5', 'bad-header', 'is not readable as HDF5 (bad symbol table node signature)'],
    ['free-list-circle.h5', 'bad-header', 'its list of free blocks runs in a circle'],
    ['heap-of-a-tebibyte.h5', 'limit', 'claims 1099511627776 bytes, the file has 5816'],
    ['declared-only.h5', 'limit', 'Raise limits.totalBytes if you trust it.'],
    ['web-of-groups.h5', 'limit', 'links its groups in more ways'],
    ['external-storage.h5', 'unsupported-layout', 'w: refers to another file, /etc/hostname'],
    ['external-link.h5', 'unsupported-layout', 'w: refers to another file, /tmp/other.h5'],
    ['virtual.h5', 'unsupported-layout', 'w: refers to another file, /tmp/other.h5'],
  ])('refuses %s, and reads the next file as ever', async (name, code, message) => {
    const error = await verdict(name);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    await using next = await open(`${folder}gzip.h5`, { hdf5 });
    expect((await next.read('plain')).data).toEqual(Float32Array.of(0, 1, 2));
  });

  it('names what to do about a filter that the library does not have, and reads the rest', async () => {
    await using checkpoint = await open(`${folder}lzf.h5`, { hdf5 });
    await expect(checkpoint.read('w')).rejects.toThrow('h5repack -f GZIP=4 in.h5 out.h5');
    expect((await checkpoint.read('plain')).data).toEqual(Float32Array.of(0, 1, 2));
  });

  it('prints nothing, and leaves no file with the library', async () => {
    const printed = vi.spyOn(console, 'error');
    await verdict('fletcher-damaged.h5');
    await (await open(`${folder}gzip.h5`, { hdf5 })).close();
    expect(printed).not.toHaveBeenCalled();
    const { FS } = (await hdf5.ready) as Hdf5Library & { FS: { readdir(path: string): string[] } };
    expect(FS.readdir('/').filter((name) => name.endsWith('.h5'))).toEqual([]);
  });

  it('refuses a build that reads the real disk', async () => {
    const library = (await hdf5.ready) as Hdf5Library;
    const real = { ...library, FS: { ...library.FS, streams: [{}, {}, { tty: true }] } };
    const module = { ...hdf5, ready: Promise.resolve(real) } as unknown as Hdf5Module;
    await expect(open(readFileSync(`${folder}gzip.h5`), { hdf5: module })).rejects.toMatchObject({
      code: 'missing-peer',
    });
  });
});
