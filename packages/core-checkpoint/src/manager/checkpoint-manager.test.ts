import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '../tensors/named-tensor.js';
import { CheckpointManager } from './checkpoint-manager.js';

let root: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'manager-'));
});
afterAll(() => rmSync(root, { recursive: true }));
const folder = () => join(root, String(count++));

const dict = (value: number): StateDict =>
  new Map([['a.w', { dtype: 'float32', shape: [1], data: Float32Array.of(value) }]]);
const state = (value: number, loss = value) => ({
  tensors: { model: dict(value), optimizer: dict(-value), guides: new Map() as StateDict },
  values: { data: { row: value }, random: 7 },
  metrics: { loss },
});

describe('CheckpointManager', () => {
  it('restores model, optimizer, guides, streams and data position of one step together', async () => {
    const manager = new CheckpointManager(folder());
    await manager.save(5, state(5));
    expect(await manager.restore({ needs: ['model', 'optimizer', 'guides', 'data', 'random'] })).toEqual({
      step: 5,
      ...state(5),
      skipped: [],
    });
  });

  it('keeps the last ones, and the best however old', async () => {
    const manager = new CheckpointManager(folder(), {
      keepLast: 2,
      keepBest: { metric: 'loss', mode: 'min' },
    });
    for (const [step, loss] of [5, 1, 4, 3, 2].entries()) await manager.save(step, state(step, loss));
    expect(await manager.steps()).toEqual([1, 3, 4]);
    expect(await manager.latest()).toBe(4);
  });

  it('passes over a checkpoint that is not whole, and says so', async () => {
    const place = folder();
    const manager = new CheckpointManager(place);
    await manager.save(1, state(1));
    await manager.save(2, state(2));
    const newest = join(place, 'step-000000000002.safetensors');
    writeFileSync(newest, readFileSync(newest).subarray(0, -3));
    expect(await manager.latest()).toBe(1);
    const restored = await manager.restore();
    expect(restored?.step).toBe(1);
    expect(restored?.skipped.map(({ name, error }) => [name, error.code])).toEqual([
      ['step-000000000002.safetensors', 'truncated'],
    ]);
    await expect(manager.restore({ step: 2 })).rejects.toThrow('its tensors take');
  });

  it('refuses to restore in part', async () => {
    const manager = new CheckpointManager(folder());
    await manager.save(1, { tensors: { model: dict(1) } });
    await expect(manager.restore({ needs: ['model', 'optimizer', 'data'] })).rejects.toThrow(
      'open: step-000000000001.safetensors: lacks optimizer, data; nothing was restored. It has model.',
    );
  });

  it('has nothing to restore where nothing was saved', async () => {
    const manager = new CheckpointManager(folder());
    expect(await manager.restore()).toBeUndefined();
    expect(await manager.latest()).toBeUndefined();
  });

  it('removes what killed savers left, when it restores', async () => {
    const place = folder();
    const manager = new CheckpointManager(place);
    await manager.save(1, state(1));
    const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
    // no process has this number: Linux counts to 4 194 304
    writeFileSync(join(place, `.step-000000000002.safetensors.${host}-99999999-0123abcd.tmp`), 'half');
    await manager.restore();
    expect(readdirSync(place)).toEqual(['step-000000000001.safetensors']);
  });

  it('leaves other files alone', async () => {
    const place = folder();
    const manager = new CheckpointManager(place, { keepLast: 1 });
    await manager.save(1, state(1));
    writeFileSync(join(place, 'notes.txt'), 'mine');
    await manager.save(2, state(2));
    expect(readdirSync(place).sort()).toEqual(['notes.txt', 'step-000000000002.safetensors']);
  });

  it('refuses malformed settings', async () => {
    expect(() => new CheckpointManager(folder(), { keepLast: 0 })).toThrow(
      'CheckpointManager: keepLast must be a whole number of at least 1, got 0.',
    );
    const manager = new CheckpointManager(folder(), { keepBest: { metric: 'auc', mode: 'max' } });
    await expect(manager.save(1, state(1))).rejects.toThrow(
      'CheckpointManager: keepBest needs metrics.auc, got none.',
    );
  });
});
