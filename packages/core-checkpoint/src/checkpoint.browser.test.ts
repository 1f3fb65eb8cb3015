import * as tf from '@tensorflow/tfjs';
import * as h5wasm from 'h5wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hdf5Module } from './hdf5/module.js';
import { loadStateDict } from './load/load-state-dict.js';
import { stateDict } from './load/state-dict.js';
import { CheckpointManager } from './manager/checkpoint-manager.js';
import { indexedDbStore, opfsStore } from './manager/checkpoint-store.js';
import { open } from './open.js';
import { save, toBytes } from './save.js';
import { sha256 } from './sha256.js';
import type { NamedTensor, StateDict } from './tensors/named-tensor.js';
import { crc32 } from './zip/crc32.js';

interface Manifest {
  files: Record<string, { path: string[]; dtype: string; shape: number[]; sha256: string }[]>;
}

const urls = (
  import.meta as unknown as { glob(pattern: string, options: object): Record<string, string> }
).glob('../fixtures/*/**/*', { query: '?url', import: 'default', eager: true });
const hdf5 = h5wasm as unknown as Hdf5Module; // the part of it that is used

async function fixture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(urls[`../fixtures/${path}`] ?? path);
  return new Uint8Array(await response.arrayBuffer());
}

/** Folders that say what their files hold; the others are followed into models by tests in Node. */
const folders = Object.keys(urls).flatMap((path) => /\/([^/]+)\/manifest\.json$/.exec(path)?.[1] ?? []);
const dict: StateDict = new Map<string, NamedTensor>([
  ['a', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }],
  ['b', { dtype: 'int64', shape: [], data: BigInt64Array.of(3n) }],
]);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(folders)('open, in a browser, on the files of %s', (folder) => {
  it('gives every tensor of every file exactly', async () => {
    const manifest = JSON.parse(
      new TextDecoder().decode(await fixture(`${folder}/manifest.json`)),
    ) as Manifest;
    const shards = [
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'tfjs/shard1.bin',
      'tfjs/shard2.bin',
    ];
    const siblings: Record<string, Uint8Array> = {};
    if (folder === 'formats') {
      for (const name of shards) siblings[name.replace('tfjs/', '')] = await fixture(`${folder}/${name}`);
    }
    for (const [name, wanted] of Object.entries(manifest.files)) {
      const file = new File([await fixture(`${folder}/${name}`)], name);
      const checkpoint = await open(file, { hdf5, siblings });
      const { tensors } = await checkpoint.inspect({ digest: true });
      await checkpoint.close();
      expect(tensors, name).toEqual(wanted);
    }
  });
});

describe('in a browser', () => {
  it('computes the checksums of zip and the digests of files without Node', async () => {
    const bytes = new TextEncoder().encode('123456789');
    expect(crc32(bytes)).toBe(0xcbf43926);
    expect(crc32(bytes.subarray(4), crc32(bytes.subarray(0, 4)))).toBe(0xcbf43926);
    expect(await sha256([new Uint8Array()])).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it('opens a URL', async () => {
    const url = new URL(urls['../fixtures/pytorch-2.15/nested.pt'] ?? '', location.href);
    const checkpoint = await open(url, { fetch: (...parameters) => fetch(...parameters) });
    expect(checkpoint.format).toBe('pytorch');
    expect((await checkpoint.stateDict({ at: 'state_dict' })).has('fc.weight')).toBe(true);
  });

  it.each(['pytorch', 'safetensors', 'npz'] as const)('writes and reads %s', async (format) => {
    expect(await (await open(toBytes(dict, format))).stateDict()).toEqual(dict);
  });

  it.each([
    ['OPFS', async () => opfsStore(await navigator.storage.getDirectory())],
    ['IndexedDB', async () => indexedDbStore(`test-${crypto.randomUUID()}`)],
  ])('saves to %s whole or not at all, and keeps what was there', async (_, storeOf) => {
    const store = await storeOf();
    await save(store.target('x.safetensors'), dict);
    const failing = {
      byteLength: 10,
      *chunks() {
        yield new Uint8Array(5);
        throw new Error('the tab was closed');
      },
    };
    await expect(store.target('x.safetensors').write(failing)).rejects.toThrow('the tab was closed');
    const checkpoint = await open(await store.source('x.safetensors'));
    expect(await checkpoint.stateDict()).toEqual(dict);
    await store.remove('x.safetensors');
    await expect(store.source('x.safetensors')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('manages the checkpoints of a run in IndexedDB', async () => {
    const manager = new CheckpointManager(indexedDbStore(`run-${crypto.randomUUID()}`), { keepLast: 1 });
    await manager.save(1, { tensors: { model: dict } });
    await manager.save(2, { tensors: { model: dict }, values: { row: 5 } });
    expect(await manager.steps()).toEqual([2]);
    expect(await manager.restore()).toMatchObject({ step: 2, values: { row: 5 } });
  });

  it('names a path as something only Node has', async () => {
    await expect(open('model.pt')).rejects.toThrow('open: paths need Node, got "model.pt".');
  });

  it('loads into variables and gives them back', async () => {
    const variable = tf.variable(tf.zeros([2]));
    const model = { namedVariables: () => [{ path: 'a', variable, kind: 'parameter' as const }] };
    expect(String(loadStateDict(model, dict, { include: 'a' }))).toBe('<All keys matched successfully>');
    expect((await stateDict(model)).get('a')).toEqual(dict.get('a'));
    variable.dispose();
  });
});
