import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open } from '../open.js';
import { save } from '../save.js';
import { writeFileSet } from '../targets/file-set.js';
import type { StateDict } from '../tensors/named-tensor.js';
import { encodeShardedSafetensors, writtenShards } from './sharded-writer.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shards-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Five tensors of 40 bytes, under names that JavaScript would reorder or lose. */
const dict = (value: number): StateDict =>
  new Map(
    ['b', '10', '__proto__', 'a"é', '2'].map((name, i) => [
      name,
      { dtype: 'float32', shape: [10], data: new Float32Array(10).fill(value + i) },
    ]),
  );

const shardsIn = () => readdirSync(folder).filter((name) => name.endsWith('.safetensors'));

async function read(name: string) {
  await using checkpoint = await open(join(folder, name));
  return { format: checkpoint.format, metadata: checkpoint.metadata, dict: await checkpoint.stateDict() };
}

describe('save, to an index of shards', () => {
  const name = 'model.safetensors.index.json';

  it('fills shards in order, and reads back the same names, order and bytes', async () => {
    const { byteLength } = await save(join(folder, name), dict(0), {
      shardBytes: 100,
      metadata: { step: '3' },
    });
    expect(shardsIn().map((shard) => shard.replace(/-[0-9a-f]{8}-/, '-DIGEST-'))).toEqual(
      expect.arrayContaining([
        'model-DIGEST-00001-of-00003.safetensors',
        'model-DIGEST-00003-of-00003.safetensors',
      ]),
    );
    const sizes = readdirSync(folder).map((file) => readFileSync(join(folder, file)).byteLength);
    expect(byteLength).toBe(sizes.reduce((sum, size) => sum + size, 0));
    const back = await read(name);
    expect(back.format).toBe('safetensors-sharded');
    expect(back.metadata).toEqual({ total_size: 200, step: '3' });
    expect([...back.dict]).toEqual([...dict(0)]);
  });

  it('gives a tensor larger than a shard one of its own', async () => {
    await save(join(folder, name), dict(0), { shardBytes: 1 });
    expect(shardsIn()).toHaveLength(5);
    expect([...(await read(name)).dict]).toEqual([...dict(0)]);
  });

  it('saved again, leaves only the new shards, and nothing that it did not write', async () => {
    writeFileSync(join(folder, 'model-00001-of-00002.safetensors'), 'somebody else');
    await save(join(folder, name), dict(0), { shardBytes: 100 });
    const before = readFileSync(join(folder, name), 'utf8');
    await save(join(folder, name), dict(0), { shardBytes: 100 });
    expect(readFileSync(join(folder, name), 'utf8')).toBe(before);
    await save(join(folder, name), dict(7), { shardBytes: 100 });
    expect(shardsIn()).toHaveLength(4);
    expect([...(await read(name)).dict]).toEqual([...dict(7)]);
  });

  it('leaves the old checkpoint or the new one whole, whichever call fails', async () => {
    const path = join(folder, name);
    const files = encodeShardedSafetensors(dict(7), name, { shardBytes: 100 });
    const counting = failingAt(Number.NaN);
    await writeFileSet(folder, files, writtenShards(name), counting.fileSystem);
    expect(counting.calls()).toBe(4 * 6); // open, write, sync, rename, open and sync of the folder: of each file
    for (let fatal = 1; fatal <= counting.calls(); fatal++) {
      await save(path, dict(0), { shardBytes: 100 });
      const saved = await writeFileSet(folder, files, writtenShards(name), failingAt(fatal).fileSystem).then(
        () => true,
        () => false,
      );
      const { dict: left } = await read(name);
      const renamed = left.get('b')?.data[0] === 7;
      expect([...left]).toEqual([...dict(renamed ? 7 : 0)]);
      if (saved) expect(renamed).toBe(true);
      expect(readdirSync(folder)).toHaveLength(4); // three shards and the index: a failure leaves nothing else
    }
  });

  it('refuses what cannot be', async () => {
    await expect(save(join(folder, name), dict(0), { shardBytes: 0 })).rejects.toThrow(
      'save: shardBytes must be a whole number of at least 1, got 0.',
    );
    await expect(save(join(folder, 'x.json'), dict(0), { format: 'safetensors-sharded' })).rejects.toThrow(
      'save: an index of shards must be named like model.safetensors.index.json, got "x.json".',
    );
    const odd: StateDict = new Map([['z', { dtype: 'complex128', shape: [1], data: new Float64Array(2) }]]);
    await expect(save(join(folder, name), odd)).rejects.toMatchObject({ code: 'unsupported-dtype' });
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** A file system whose nth call fails. */
function failingAt(fatal: number) {
  let calls = 0;
  const step = () => {
    calls += 1;
    if (calls === fatal) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  };
  const openFile = async (...parameters: Parameters<typeof fs.open>) => {
    step();
    const handle = await fs.open(...parameters);
    const { writev, sync } = handle;
    handle.writev = (async (chunks: Uint8Array[]) => {
      step();
      return writev.call(handle, chunks);
    }) as typeof handle.writev;
    handle.sync = async () => {
      step();
      return sync.call(handle);
    };
    return handle;
  };
  const rename = async (from: string, to: string) => {
    step();
    return fs.rename(from, to);
  };
  const fileSystem = {
    open: openFile as typeof fs.open,
    rename: rename as typeof fs.rename,
    unlink: fs.unlink,
  };
  return { fileSystem, calls: () => calls };
}
