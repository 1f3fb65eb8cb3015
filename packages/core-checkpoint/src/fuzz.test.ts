import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from './errors.js';
import { open } from './open.js';
import { toBytes } from './save.js';
import { encodedBytes } from './targets/encoded-file.js';
import { bytesOf } from './tensors/dtypes.js';
import type { StateDict } from './tensors/named-tensor.js';
import { encodeZip } from './zip/writer.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))));

const cases = 100_000;
const slowest = 2000; // milliseconds one file may take

/** Mulberry32: the same cases everywhere, for ever. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const telling = [0, 1, 0x7f, 0x80, 0xff];

function mutate(seed: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = seed.slice();
  for (let times = 1 + random(3); times > 0 && bytes.length > 0; times--) {
    const at = random(bytes.length);
    const length = 1 + random(Math.min(16, bytes.length));
    switch (random(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3: // copy a piece elsewhere
        bytes.copyWithin(at, random(bytes.length), random(bytes.length) + length);
        break;
      case 4: // take a piece out
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
        break;
      case 5: // put a piece in
        bytes = Uint8Array.from([
          ...bytes.subarray(0, at),
          ...bytes.subarray(at, at + length),
          ...bytes.subarray(at),
        ]);
        break;
      default: // numbers at their limits
        bytes.fill(telling[random(telling.length)] ?? 0, at, at + 2 ** random(4));
    }
  }
  return bytes;
}

/** Everything a dict says, as text. */
function textOf(dict: StateDict): string {
  return [...dict]
    .map(
      ([key, { dtype, shape, data }]) =>
        `${key} ${dtype} [${shape}] ${Buffer.from(bytesOf(data)).toString('hex')}`,
    )
    .join('\n');
}

const small: StateDict = new Map([
  ['a', { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ['b', { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) }],
]);
const siblings = {
  'shard1.bin': fixture('formats/tfjs/shard1.bin'),
  'shard2.bin': fixture('formats/tfjs/shard2.bin'),
  'model-00001-of-00002.safetensors': fixture('formats/model-00001-of-00002.safetensors'),
  'model-00002-of-00002.safetensors': fixture('formats/model-00002-of-00002.safetensors'),
};

/** The pickle of the small dict, out of its archive. */
function pickleOf(): Uint8Array {
  const bytes = toBytes(small, 'pytorch');
  const end = Buffer.from(bytes).indexOf('PK', 4);
  return bytes.slice(64, end);
}

/** The pickle back in an archive whose checksums are right, so that only the pickle's reader can object. */
function archiveOf(pickle: Uint8Array): Uint8Array {
  const text = (value: string) => new TextEncoder().encode(value);
  return encodedBytes(
    encodeZip(
      [
        { name: 'archive/data.pkl', data: pickle },
        { name: 'archive/data/0', data: new Uint8Array(16) },
        { name: 'archive/data/1', data: new Uint8Array(8) },
        { name: 'archive/version', data: text('3') },
      ],
      64,
    ),
  );
}

/** `exact`: checksums cover every byte of every tensor, so what loads at all must be the original. */
const seeds: { name: string; bytes: Uint8Array; exact: boolean; wrap?: (bytes: Uint8Array) => Uint8Array }[] =
  [
    { name: 'a pickle in a whole archive', bytes: pickleOf(), exact: false, wrap: archiveOf },
    { name: 'ours.pt', bytes: toBytes(small, 'pytorch'), exact: true },
    { name: 'protocol-2.pt', bytes: fixture('pytorch-2.15/protocol-2.pt'), exact: true },
    { name: 'protocol-5.pt', bytes: fixture('pytorch-2.15/protocol-5.pt'), exact: true },
    { name: 'tied.pt', bytes: fixture('pytorch-2.15/tied.pt'), exact: true },
    { name: 'legacy-views.pt', bytes: fixture('pytorch-2.15/legacy-views.pt'), exact: false },
    { name: 'ours.safetensors', bytes: toBytes(small, 'safetensors'), exact: false },
    { name: 'ours.npz', bytes: toBytes(small, 'npz'), exact: true },
    { name: 'single.npy', bytes: fixture('formats/single.npy'), exact: false },
    { name: 'deflated.npz', bytes: fixture('formats/deflated.npz'), exact: true },
    { name: 'model.json', bytes: fixture('formats/tfjs/model.json'), exact: false },
    {
      name: 'model.safetensors.index.json',
      bytes: fixture('formats/model.safetensors.index.json'),
      exact: false,
    },
  ];

async function load(bytes: Uint8Array, name: string): Promise<StateDict> {
  const limits = { tensorBytes: 2 ** 24, downloadBytes: 2 ** 24 };
  await using checkpoint = await open(bytes, { name, siblings, limits, onUnknown: 'skip' });
  return checkpoint.stateDict();
}

describe('open, on damaged files', () => {
  it.each(seeds)(
    'loads exactly or says why not: $name',
    async ({ name, bytes, exact, wrap = (same) => same }) => {
      const original = textOf(await load(wrap(bytes), name));
      const random = randomFrom(20261124);
      const codes = new Map<string, number>();
      for (let i = 0; i < Math.ceil(cases / seeds.length); i++) {
        const mutated = wrap(mutate(bytes, random));
        const began = performance.now();
        try {
          const loaded = textOf(await load(mutated, name));
          codes.set('loaded', (codes.get('loaded') ?? 0) + 1);
          if (exact && loaded !== original) throw new Error(`case ${i} of ${name} loaded as something else`);
        } catch (error) {
          if (!(error instanceof CheckpointError))
            throw new Error(`case ${i} of ${name}: ${String(error)}`, { cause: error });
          codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
        }
        if (performance.now() - began > slowest)
          throw new Error(`case ${i} of ${name} took more than ${slowest} ms`);
      }
      expect(codes.size).toBeGreaterThan(3); // the cases reach past the first check
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
    120_000,
  );
});
