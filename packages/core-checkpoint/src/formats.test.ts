import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as h5wasm from 'h5wasm';
import { describe, expect, it } from 'vitest';
import type { Hdf5Module } from './hdf5/module.js';
import { open } from './open.js';

const folder = fileURLToPath(new URL('../fixtures/formats/', import.meta.url));
const hdf5 = h5wasm as unknown as Hdf5Module; // the part of it that is used
const { files } = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as {
  files: Record<string, { path: string[]; dtype: string; shape: number[]; sha256: string }[]>;
};
const formats: Record<string, string> = {
  'every-dtype.safetensors': 'safetensors',
  'model.safetensors.index.json': 'safetensors-sharded',
  'plain.npz': 'npz',
  'deflated.npz': 'npz',
  'single.npy': 'npy',
  'plain.h5': 'hdf5',
  'keras3.weights.h5': 'keras-h5',
  'keras2.h5': 'keras-h5',
  'tfjs/model.json': 'tfjs',
};

describe('open', () => {
  it.each(Object.entries(files))(
    'gives every tensor of %s as its own library has it',
    async (name, wanted) => {
      const checkpoint = await open(folder + name, { hdf5 });
      const { tensors, format } = await checkpoint.inspect({ digest: true });
      await checkpoint.close();
      expect(tensors).toEqual(wanted);
      expect(format).toBe(formats[name]);
    },
  );

  it('names the package that reads HDF5 when it is not given', async () => {
    await expect(open(`${folder}plain.h5`)).rejects.toThrow(
      "plain.h5: is an HDF5 file, which needs the package h5wasm. npm install h5wasm, then open(file, { hdf5: await import('h5wasm') }).",
    );
  });
});
