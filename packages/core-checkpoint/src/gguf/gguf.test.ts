import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { open } from '../open.js';

const folder = fileURLToPath(new URL('../../fixtures/gguf/', import.meta.url));
const plain = () => new Uint8Array(readFileSync(`${folder}plain.gguf`));

describe('a GGUF file', () => {
  it("gives every plain tensor as llama.cpp's package wrote it, axes in PyTorch's order", async () => {
    const checkpoint = await open(`${folder}plain.gguf`);
    const { tensors, format, metadata } = await checkpoint.inspect({ digest: true });
    await checkpoint.close();
    expect(format).toBe('gguf');
    expect(tensors).toEqual(JSON.parse(readFileSync(`${folder}plain.json`, 'utf8')));
    expect(metadata).toMatchObject({ 'general.alignment': 64, pair: [1, 2], words: '<100 items>' });
  });

  it('is refused by name where it is quantized in blocks', async () => {
    await expect(open(`${folder}blocks.gguf`)).rejects.toThrow(
      't.blocks: is quantized in blocks (Q8_0). Make a file of floats: llama-quantize --allow-requantize in.gguf out.gguf F16.',
    );
  });

  it('is refused wherever it is cut, and never read past its end', async () => {
    const bytes = plain();
    for (let length = 4; length < bytes.length - 63; length += 7) {
      const error = await open(bytes.subarray(0, length)).then(
        () => undefined,
        (reason: { code?: string }) => reason,
      );
      expect([length, error?.code]).toEqual([length, 'truncated']);
    }
  });

  it.each([
    ['another version', 4, [9, 0, 0, 0], 'unsupported-version'],
    ['big-endian numbers', 4, [0, 0, 0, 3], 'unsupported-version'],
    ['more tensors than a machine can hold', 8, [255, 255, 255, 255, 255, 255, 255, 127], 'bad-header'],
    ['more tensors than are allowed', 8, [0, 0, 0, 0, 1, 0, 0, 0], 'limit'],
    ['a name as long as the universe', 24, [255, 255, 255, 255, 255, 255, 15, 0], 'limit'],
  ])('is refused for %s', async (_, at, values, code) => {
    const bytes = plain();
    bytes.set(values, at);
    await expect(open(bytes)).rejects.toMatchObject({ name: 'CheckpointError', code });
  });

  it('loads exactly or is refused, whatever byte of its header changes', async () => {
    const whole = plain();
    for (let at = 4; at < 1200; at++) {
      const bytes = whole.slice();
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
      try {
        const checkpoint = await open(bytes);
        await checkpoint.stateDict();
        await checkpoint.close();
      } catch (error) {
        expect((error as Error).name).toBe('CheckpointError');
      }
    }
  });
});
