import { afterEach, describe, expect, it, vi } from 'vitest';
import { RunFolder } from './run-folder.js';

const tensor = (value: number) => ({ dtype: 'float32', shape: [1], data: Float32Array.of(value) });

function checkpointAt(step: number) {
  return {
    tensors: new Map([['variables.w', tensor(step)]]),
    progress: {
      version: 1 as const,
      step,
      epoch: 0,
      batchInEpoch: step,
      learning: ['w'],
      fingerprint: 'of a test',
      stall: { best: 0, since: 0 } as never,
      untouched: [],
    },
  };
}

function historyUpTo(step: number) {
  return { curve: [[step, 0.5]] as [number, number][], checks: [{ step, loss: 1, baseline: 2 }] };
}

afterEach(async () => {
  vi.unstubAllGlobals();
  await RunFolder.removeAll('b');
});

describe.each([
  ['opfs', false],
  ['indexed-db', true],
] as const)('RunFolder in %s', (place, hasNoFileSystem) => {
  it('gives the newest checkpoint, then the encoder in its place', async () => {
    if (hasNoFileSystem) vi.stubGlobal('FileSystemFileHandle', class {});
    const folder = await RunFolder.open('b');
    expect(folder.place).toBe(place);
    expect(await folder.latest()).toBeUndefined();
    for (const step of [80, 160, 240]) await folder.keepCheckpoint(checkpointAt(step), historyUpTo(step));
    const again = (await RunFolder.find('b')) as RunFolder;
    const latest = await again.latest();
    expect(latest).toEqual({ ...historyUpTo(240), checkpoint: checkpointAt(240), damaged: [] });
    expect(await again.encoder()).toBeUndefined();
    const encoder = new Map([['fc1.weight', tensor(3)]]);
    await again.keepEncoder(encoder, historyUpTo(300));
    expect(await folder.encoder()).toEqual({ ...historyUpTo(300), encoder });
    expect(await folder.latest()).toBeUndefined();
  });
});

describe('RunFolder', () => {
  it('finds nothing where nothing was kept', async () => {
    expect(await RunFolder.find('never')).toBeUndefined();
  });

  it('passes a damaged checkpoint over, and says so', async () => {
    const folder = await RunFolder.open('c');
    for (const step of [80, 160]) await folder.keepCheckpoint(checkpointAt(step), historyUpTo(step));
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('warmstart-runs');
    const own = await root.getDirectoryHandle('c');
    const name = 'step-000000000160.safetensors';
    const stream = await (await own.getFileHandle(name)).createWritable();
    await stream.write('torn');
    await stream.close();
    const latest = await folder.latest();
    expect(latest?.checkpoint.progress.step).toBe(80);
    expect(latest?.damaged).toEqual([name]);
  });
});
