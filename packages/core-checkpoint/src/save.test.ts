import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointError } from './errors.js';
import { open } from './open.js';
import { save, toBytes } from './save.js';
import { type Dtype, dtypeNamed, dtypes, packedCount } from './tensors/dtypes.js';
import { elementCount, type NamedTensor, type StateDict } from './tensors/named-tensor.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'save-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = fc
  .record({
    dtype: fc.constantFrom(...[...dtypes().values()].filter(({ name }) => !/^q/.test(name))),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    bytes: fc.infiniteStream(fc.nat(255)),
  })
  .map(({ dtype, shape, bytes }): NamedTensor => {
    const raw = Uint8Array.from(bytes.take(elementCount(shape) * dtype.bytes));
    if (dtype.name === 'bool') for (let i = 0; i < raw.length; i++) raw[i] = (raw[i] as number) & 1;
    return { dtype: dtype.name, shape, data: new dtype.array(raw.buffer) };
  });

/** Compares bytes, so that NaN payloads count. */
function bytesIn(dict: StateDict) {
  return [...dict].map(([key, { dtype, shape, data }]) => ({
    key,
    dtype,
    shape,
    bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  }));
}

describe('toBytes and open', () => {
  const savable = {
    pytorch: ({ name }: Dtype) => !name.startsWith('float6'),
    safetensors: ({ safetensors }: Dtype) => safetensors !== undefined,
    npz: ({ numpy }: Dtype) => numpy !== undefined,
  };

  it.each(['pytorch', 'safetensors', 'npz'] as const)(
    'give back every dict in its order, to the byte: %s',
    async (format) => {
      const odd = fc.constantFrom(
        '../a',
        '/a',
        'a\\b',
        'a\0b',
        'C:a',
        'a.npy',
        'archive/data.pkl',
        '__proto__',
        '2',
        '',
      );
      const names = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), odd);
      const dicts = fc.uniqueArray(fc.tuple(names, tensors), { selector: ([name]) => name, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(dicts, async (entries) => {
          const dict = new Map(
            entries.filter(([name, { dtype, shape }]) => {
              const known = dtypeNamed(dtype);
              const packed = format === 'safetensors' && packedCount(known) > 1;
              return savable[format](known) && name !== '__metadata__' && !(packed && shape.length === 0);
            }),
          );
          const bytes = toBytes(dict, format);
          const back = await (await open(bytes)).stateDict();
          expect(bytesIn(back)).toEqual(bytesIn(dict));
          expect(toBytes(dict, format)).toEqual(bytes);
        }),
        { seed: 7, numRuns: 200 },
      );
    },
  );

  it.each(['pytorch', 'safetensors', 'npz'] as const)('refuse what open would: %s', (format) => {
    const tensor = { dtype: 'float32', shape: [1], data: Float32Array.of(1) };
    const code = (name: string, shape: number[]) => {
      try {
        toBytes(new Map([[name, { ...tensor, shape }]]), format);
      } catch (error) {
        return (error as CheckpointError).code;
      }
      return 'saved';
    };
    expect(code('half \ud800', [1])).toBe('limit');
    expect(code('deep', new Array<number>(65).fill(1))).toBe('limit');
    expect(code('x'.repeat(65_532), [1])).toBe(format === 'npz' ? 'limit' : 'saved');
  });

  it('give back floats of 4 and 6 bits, counted as safetensors counts them', async () => {
    const dict: StateDict = new Map([
      ['f6', { dtype: 'float6_e2m3fn_x4', shape: [2, 1], data: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
      ['f4', { dtype: 'float4_e2m1fn_x2', shape: [2, 1], data: Uint8Array.of(7, 8) }],
      ['f6b', { dtype: 'float6_e3m2fn_x4', shape: [1], data: Uint8Array.of(9, 10, 11) }],
    ]);
    const bytes = toBytes(dict, 'safetensors');
    const header = new TextDecoder().decode(bytes.subarray(8));
    expect(header).toContain('"f6":{"dtype":"F6_E2M3","shape":[2,4],"data_offsets":[0,6]}');
    expect(header).toContain('"f4":{"dtype":"F4","shape":[2,2]');
    expect([...(await (await open(bytes)).stateDict())]).toEqual([...dict]);
    expect(() => toBytes(dict, 'pytorch')).toThrow(
      'PyTorch has no float6_e2m3fn_x4. Save it as .safetensors.',
    );
  });
});

describe('save', () => {
  const dict: StateDict = new Map([['a', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }]]);

  it('chooses the format by the extension, and leaves no temporary file', async () => {
    await save(join(folder, 'x.pt'), dict);
    await save(join(folder, 'x.safetensors'), dict, { metadata: { step: '3' } });
    const [pt, st] = await Promise.all(['x.pt', 'x.safetensors'].map((name) => open(join(folder, name))));
    expect([pt?.format, st?.format, st?.metadata]).toEqual(['pytorch', 'safetensors', { step: '3' }]);
    await Promise.all([pt?.close(), st?.close()]);
    expect(readdirSync(folder)).toEqual(['x.pt', 'x.safetensors']);
  });

  it('keeps the old file when the new one cannot be encoded', async () => {
    const path = join(folder, 'kept.safetensors');
    writeFileSync(path, 'old');
    const wrong: StateDict = new Map([['a', { dtype: 'float32', shape: [3], data: new Float32Array(2) }]]);
    await expect(save(path, wrong)).rejects.toThrow('save: a of shape [3] must have 3 entries, got 2.');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  it('refuses an extension it does not know', async () => {
    await expect(save(join(folder, 'x.txt'), dict)).rejects.toThrow(
      'save: the extension must be .safetensors, .pt, .pth, .bin or .npz, or none for a folder',
    );
  });

  it.each(['x.pt', 'x.safetensors.index.json', 'x'])('refuses what is no state dict: %s', async (name) => {
    const dict = { a: new Float32Array(1) } as unknown as StateDict;
    await expect(save(join(folder, name), dict)).rejects.toThrow('save: dict must be a Map');
  });

  it('tells a TensorFlow.js tensor in a dict how to come', async () => {
    const tensor = { dtype: 'float32', shape: [1], data: async () => Float32Array.of(1) };
    const dict: StateDict = new Map([['a', tensor as unknown as NamedTensor]]);
    await expect(save(join(folder, 'x.pt'), dict)).rejects.toThrow('data: await tensor.data()');
  });

  it('says that nothing changed when the folder is not there', async () => {
    await expect(save(join(folder, 'no', 'x.pt'), dict)).rejects.toThrow(
      'What was there before is unchanged.',
    );
  });

  it('keeps the scales of tensors quantized per channel, and refuses tensors without theirs', async () => {
    const quantization = { scale: [0.1, 0.2], zeroPoint: [-7, 3], axis: 0 };
    const float = { scale: [0.5, 0.25], zeroPoint: [0.5, 1], axis: 0 };
    const tensor = { dtype: 'qint8', shape: [2, 3], data: Int8Array.of(1, 2, 3, 4, 5, 6) };
    const quantized: StateDict = new Map([
      ['whole', { ...tensor, quantization }],
      ['float', { ...tensor, quantization: float }],
      ['negative', { ...tensor, quantization: { scale: [0.1], zeroPoint: [-5] } }],
    ]);
    const checkpoint = await open(toBytes(quantized, 'pytorch'));
    expect([...(await checkpoint.stateDict())]).toEqual([...quantized]);
    expect(checkpoint.info('whole').quantization).toBeUndefined(); // not read yet
    expect(() => toBytes(new Map([['w', tensor]]), 'pytorch')).toThrow(
      'save: w of dtype qint8 and shape [2,3] must have 1 scales and zero points, got 0 and 0.',
    );
  });
});
