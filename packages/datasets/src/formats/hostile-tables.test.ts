import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetError } from '../errors.js';
import { readNumberTable } from './number-table.js';
import { readTextTable } from './text-table.js';

const encode = (text: string) => new TextEncoder().encode(text);

async function* of(bytes: Uint8Array | string): AsyncGenerator<Uint8Array, void, undefined> {
  const whole = typeof bytes === 'string' ? encode(bytes) : bytes;
  for (let at = 0; at < whole.length; at += 1000) yield whole.subarray(at, at + 1000);
}

async function failure(items: AsyncIterable<unknown>): Promise<Partial<DatasetError>> {
  try {
    for await (const item of items) void item;
  } catch (error) {
    return error as DatasetError;
  }
  throw new Error('nothing was thrown');
}

describe('readTextTable', () => {
  it.each([
    [
      'a,b\nc\n',
      'malformed',
      'readTextTable: every row must have 2 fields, got 1. [t.csv, record 2, byte 4]',
    ],
    [
      'é,"x"y\n',
      'malformed',
      'readTextTable: a closing quote must end its field, got "y\\n" after it. [t.csv, record 1, byte 6]',
    ],
    [
      'a,b\n"open,c\nd\n',
      'truncated',
      'readTextTable: a quote must be closed before the file ends. [t.csv, record 2, byte 4]',
    ],
  ])('refuses %j', async (text, code, message) => {
    expect(await failure(readTextTable(of(text), { file: 't.csv' }))).toMatchObject({ code, message });
  });

  it('refuses text that is not UTF-8, at its byte', async () => {
    const error = await failure(readTextTable(of(Buffer.from('ab,c\nd\xe9f,g\n', 'latin1'))));
    expect(error).toMatchObject({ code: 'encoding', byte: 6 });
  });

  it('stops at limits', async () => {
    expect(
      await failure(readTextTable(of(`"${'x'.repeat(5000)}`), { limits: { recordBytes: 3000 } })),
    ).toMatchObject({ code: 'limit' });
    expect(
      await failure(readTextTable(of(`"${'x\n'.repeat(5000)}`), { limits: { recordBytes: 3000 } })),
    ).toMatchObject({ code: 'limit' });
    expect(
      await failure(readTextTable(of(`${','.repeat(50)}\n`), { limits: { columns: 20 } })),
    ).toMatchObject({ code: 'limit' });
  });

  it('reads back what was written by the rules, however it is cut', async () => {
    const field = fc.string({
      unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '漢'),
      maxLength: 6,
    });
    const table = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 9 }), async (rows, size) => {
        const text = rows
          .map((row) => `${row.map((f) => `"${f.replaceAll('"', '""')}"`).join(',')}\r\n`)
          .join('');
        const bytes = encode(text);
        const cut = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
        };
        const read: string[][] = [];
        for await (const block of readTextTable(cut())) read.push(...block);
        expect(read).toEqual(rows);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe('readNumberTable', () => {
  it.each([
    ['1,2\n3,x\n', 'readNumberTable: column 2 must be a number, got "x". [n.csv, record 2, byte 6]'],
    ['1,2\n3\n', 'readNumberTable: every row must have 2 fields, got 1. [n.csv, record 2, byte 4]'],
    ['1,2,3\n', 'readNumberTable: every row must have 2 fields, got 3. [n.csv, record 1, byte 0]'],
    ['1,\n', 'readNumberTable: column 2 must be a number, got "". [n.csv, record 1, byte 2]'],
    ['1,0x10\n', 'readNumberTable: column 2 must be a number, got "0x10". [n.csv, record 1, byte 2]'],
    ['1,Infinity\n', 'readNumberTable: column 2 must be a number, got "Infinity". [n.csv, record 1, byte 2]'],
  ])('refuses %j', async (text, message) => {
    expect(await failure(readNumberTable(of(text), { columnCount: 2, file: 'n.csv' }))).toMatchObject({
      code: 'malformed',
      message,
    });
  });

  it('rounds every number once, as JavaScript does', async () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((v) => Number(v.toFixed(4))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 20 }), async (numbers) => {
        const text = numbers.map((value) => `${Object.is(value, -0) ? '-0' : value}\n`).join('');
        const read: number[] = [];
        for await (const { values } of readNumberTable(of(text), { columnCount: 1, dtype: 'float64' }))
          read.push(...values);
        expect(read).toEqual(numbers);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('takes missing values when asked to', async () => {
    const read: number[] = [];
    for await (const { values } of readNumberTable(of('1,NA\r\n,"2.5"\r\n'), {
      columnCount: 2,
      missing: 'nan',
    }))
      read.push(...values);
    expect(read).toEqual([1, Number.NaN, Number.NaN, 2.5]);
  });
});
