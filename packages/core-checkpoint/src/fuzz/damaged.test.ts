import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as h5wasm from 'h5wasm';
import { afterAll, describe, expect, it } from 'vitest';
import type { Hdf5Module } from '../hdf5/module.js';
import { open } from '../open.js';
import { toBytes } from '../save.js';
import { bytesOf } from '../tensors/dtypes.js';
import type { StateDict } from '../tensors/named-tensor.js';
import { archiveOf } from './archive.js';
import { joined, mutated, type RandomBelow, randomFrom } from './random.js';
import { Watchdog } from './watchdog.js';

/** `WARMSTART_FUZZ_TIMES=11 npm test -- --project node damaged` makes a million of them. */
const times = Number(process.env.WARMSTART_FUZZ_TIMES ?? 1);
const cases = 97_000 * times;
/** The library's errors cost far more than ours. */
const hdf5Cases = 600 * times;
const hdf5 = h5wasm as unknown as Hdf5Module; // the part of it that is used

const fixture = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))));

/** Everything a dict says, as text. */
function textOf(dict: StateDict): string {
  return [...dict]
    .map(
      ([key, { dtype, shape, data, quantization }]) =>
        `${key} ${dtype} [${shape}] ${JSON.stringify(quantization)} ${Buffer.from(bytesOf(data)).toString('hex')}`,
    )
    .join('\n');
}

const small: StateDict = new Map([
  ['a', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ['b', { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) }],
]);
const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
const siblings: Record<string, Uint8Array> = Object.fromEntries(
  ['shard1.bin', 'shard2.bin'].map((name) => [name, fixture(`formats/tfjs/${name}`)]),
);
for (const name of shards) siblings[name] = fixture(`formats/${name}`);

/** The pickle of the small dict, out of its archive. */
function pickleOf(): Uint8Array {
  const bytes = toBytes(small, 'pytorch');
  return bytes.slice(64, Buffer.from(bytes).indexOf('PK', 4));
}

const smallRecords = { 'data/0': new Uint8Array(16), 'data/1': new Uint8Array(8) };

interface Seed {
  name: string;
  bytes: Uint8Array;
  /** checksums cover every byte of every tensor, so what loads at all must be the original */
  exact?: boolean;
  /** what is opened: the mutant in the place where it belongs */
  wrap?: (bytes: Uint8Array) => { bytes: Uint8Array; siblings?: Record<string, Uint8Array> };
  mutate?: (bytes: Uint8Array, random: RandomBelow) => Uint8Array;
  cases?: number;
}

/** A header of safetensors whose length stays right, before the data as they were. */
function changedHeader(bytes: Uint8Array, random: RandomBelow): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = mutated(bytes.subarray(8, 8 + length), random);
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  return joined([prefix, header, bytes.subarray(8 + length)]);
}

const seeds: Seed[] = [
  {
    name: 'a pickle in a whole archive',
    bytes: pickleOf(),
    wrap: (bytes) => ({ bytes: archiveOf(bytes, smallRecords) }),
  },
  { name: 'ours.pt', bytes: toBytes(small, 'pytorch'), exact: true },
  ...['protocol-2', 'protocol-5', 'tied', 'nested', 'quantized-channels', 'sparse'].map((name) => ({
    name: `${name}.pt`,
    bytes: fixture(`pytorch-2.15/${name}.pt`),
    exact: true,
  })),
  { name: 'no-checksums.pt', bytes: fixture('pytorch-rare/no-checksums.pt') },
  { name: 'legacy-views.pt', bytes: fixture('pytorch-2.15/legacy-views.pt') },
  { name: 'legacy-storage-parts.pt', bytes: fixture('pytorch-rare/legacy-storage-parts.pt') },
  { name: 'ours.safetensors', bytes: toBytes(small, 'safetensors') },
  {
    name: 'every-dtype.safetensors',
    bytes: fixture('formats/every-dtype.safetensors'),
    mutate: changedHeader,
  },
  { name: 'ours.npz', bytes: toBytes(small, 'npz'), exact: true },
  { name: 'single.npy', bytes: fixture('formats/single.npy') },
  { name: 'deflated.npz', bytes: fixture('formats/deflated.npz'), exact: true },
  { name: 'model.json', bytes: fixture('formats/tfjs/model.json') },
  { name: 'model.safetensors.index.json', bytes: fixture('formats/model.safetensors.index.json') },
  {
    name: 'a shard of model.safetensors.index.json',
    bytes: fixture(`formats/${shards[0]}`),
    wrap: (bytes) => ({
      bytes: fixture('formats/model.safetensors.index.json'),
      siblings: { ...siblings, [shards[0] as string]: bytes },
    }),
  },
  { name: 'plain.h5', bytes: fixture('formats/plain.h5'), cases: hdf5Cases },
  { name: 'gzip.h5', bytes: fixture('hdf5/gzip.h5'), cases: hdf5Cases },
];

async function load(seed: Seed, mutant: Uint8Array): Promise<string> {
  const { bytes, siblings: beside = siblings } = seed.wrap?.(mutant) ?? { bytes: mutant };
  await using checkpoint = await open(bytes, { name: seed.name, siblings: beside, onUnknown: 'skip', hdf5 });
  JSON.stringify(await checkpoint.inspect());
  return textOf(await checkpoint.stateDict());
}

describe('open, on damaged files', () => {
  const watchdog = new Watchdog('damaged files');
  afterAll(() => watchdog.end());
  const many = seeds.filter((seed) => seed.cases === undefined).length;

  it.each(seeds)(
    'loads exactly or says why not: $name',
    async (seed) => {
      const { name, bytes, exact, mutate = mutated } = seed;
      const original = await load(seed, bytes);
      const random = randomFrom(20261124);
      const ends = new Set<string>();
      for (let i = 0; i < (seed.cases ?? Math.ceil(cases / many)); i++) {
        const mutant = mutate(bytes, random);
        const end = await watchdog.watch(name, i, () => load(seed, mutant));
        const loaded = end === '' || end.includes(' ');
        if (exact && loaded && end !== original)
          throw new Error(`case ${i} of ${name} loaded as something else`);
        ends.add(loaded ? 'loaded' : end);
      }
      expect(ends.size).toBeGreaterThan(2); // the cases reach past the first check
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    120_000 * times,
  );
});
