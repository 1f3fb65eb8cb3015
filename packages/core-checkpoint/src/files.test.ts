import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { diff, open, toBytes } from './files.js';

vi.mock('@tensorflow/tfjs-core', () => {
  throw new Error('TensorFlow.js was loaded');
});

const shard = fileURLToPath(new URL('../fixtures/formats/model-00001-of-00002.safetensors', import.meta.url));

describe('@warmstart/core-checkpoint/files', () => {
  it('opens, writes and compares without TensorFlow.js', async () => {
    await expect(import('./index.js')).rejects.toThrow(); // which does load it
    const checkpoint = await open(shard);
    const bytes = await toBytes(await checkpoint.stateDict(), 'safetensors');
    const again = await open(bytes);
    expect((await diff(checkpoint, again)).equal).toBe(true);
    await checkpoint.close();
  });
});
