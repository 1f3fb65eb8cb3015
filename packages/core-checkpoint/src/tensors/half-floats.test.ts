import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { open } from '../open.js';
import { bfloat16Bits, float16Bits, widenFloats } from './half-floats.js';

const special = fileURLToPath(new URL('../../fixtures/pytorch-2.15/special-values.pt', import.meta.url));

describe('float16Bits and bfloat16Bits', () => {
  it('round as PyTorch does, at every kind of number', async () => {
    await using checkpoint = await open(special);
    const [wide, half, brain] = await Promise.all(['f32', 'f16', 'bf16'].map((key) => checkpoint.read(key)));
    const values = wide?.data as Float32Array;
    const notNumbers = [...values].map(Number.isNaN);
    const same = (ours: Uint16Array, theirs: Uint16Array) => {
      for (const [i, bits] of theirs.entries())
        if (!notNumbers[i]) expect(ours[i], String(values[i])).toBe(bits);
    };
    same(float16Bits(values), half?.data as Uint16Array);
    same(bfloat16Bits(values), brain?.data as Uint16Array);
  });
});

describe('widenFloats', () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

  it.each(['float16', 'bfloat16'])('is undone by rounding, for all 65,536 patterns of %s', (dtype) => {
    const wide = widenFloats(all, dtype);
    const back = dtype === 'float16' ? float16Bits(wide) : bfloat16Bits(wide);
    for (let bits = 0; bits < 65_536; bits++) if (!Number.isNaN(wide[bits])) expect(back[bits]).toBe(bits);
    expect([...wide].filter(Number.isNaN).length).toBe(dtype === 'float16' ? 2046 : 254);
  });

  it.each([
    ['float8_e4m3fn', [0x00, 0x01, 0x38, 0x7e, 0xfe], [0, 2 ** -9, 1, 448, -448], 0x7f],
    ['float8_e5m2', [0x01, 0x3c, 0x7b, 0x7c, 0xfc], [2 ** -16, 1, 57_344, Infinity, -Infinity], 0x7d],
    ['float8_e4m3fnuz', [0x01, 0x40, 0x7f], [2 ** -10, 1, 240], 0x80],
    ['float8_e5m2fnuz', [0x01, 0x40, 0x7f], [2 ** -17, 1, 57_344], 0x80],
    ['float8_e8m0fnu', [0x00, 0x7f, 0x80], [2 ** -127, 1, 2], 0xff],
  ])('knows the ends of %s', (dtype, bits, values, notNumber) => {
    expect([...widenFloats(Uint8Array.from(bits), dtype)]).toEqual(values.map(Math.fround));
    expect(widenFloats(Uint8Array.of(notNumber), dtype)[0]).toBeNaN();
  });

  it('refuses what is no small float', () => {
    expect(() => widenFloats(Uint8Array.of(1), 'int8')).toThrow(
      'widenFloats: dtype must be a float of 8 or 16 bits, got int8.',
    );
  });
});
