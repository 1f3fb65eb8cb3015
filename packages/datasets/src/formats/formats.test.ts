import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DataFile } from '../files.js';
import { memoryFile } from '../files.js';
import { load } from '../index.js';
import { collectBytes } from './byte-reader.js';
import { gunzip } from './gzip.js';
import { readIdx } from './idx.js';
import { readJsonLines } from './lines.js';
import { readMatStructs } from './mat-file.js';
import { readMatrixMarket } from './matrix-market.js';
import type { Member } from './member.js';
import { readNumberTable } from './number-table.js';
import { readTar } from './tar.js';
import { readTextTable } from './text-table.js';
import { readZip } from './zip.js';

// written by fixtures/make_formats.py with Python's own libraries
const fixtures: Record<string, { bytes: string; expected: unknown }> = JSON.parse(
  readFileSync(new URL('../../fixtures/formats.json', import.meta.url), 'utf8'),
);

type Bytes = AsyncIterable<Uint8Array>;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* pieces(...parts: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* parts;
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function listing(members: AsyncIterable<Member>): Promise<unknown> {
  const list: unknown[] = [];
  for await (const member of members) list.push([member.path, sha256(await collectBytes(member.stream()))]);
  return list;
}

async function cifar(bytes: Bytes, path: string): Promise<unknown> {
  const file: DataFile = { path, sizeBytes: undefined, seekable: false, stream: () => bytes };
  const source = { list: () => pieces(file as never) as never };
  const { columns } = await (await load('cifar100', { source, stream: true })).collect();
  return [...columns.label].map((label, row) => [
    label,
    columns.coarseLabel[row],
    sha256(columns.image.subarray(row * 3072, (row + 1) * 3072)),
  ]);
}

const read: [RegExp, (bytes: Bytes, name: string) => Promise<unknown>][] = [
  [
    /^(csv|tsv)/,
    async (bytes, name) =>
      (
        await all(
          readTextTable(bytes, {
            delimiter: name === 'tsv' ? '\t' : ',',
            encoding: name === 'csv-latin1' ? 'latin1' : 'utf-8',
          }),
        )
      ).flat(),
  ],
  [
    /^numbers/,
    async (bytes) =>
      (await all(readNumberTable(bytes, { columnCount: 3, dtype: 'float64' }))).flatMap(
        ({ values, rowCount }) =>
          Array.from({ length: rowCount }, (_, row) => [...values.subarray(row * 3, row * 3 + 3)]),
      ),
  ],
  [/^gzip/, async (bytes) => sha256(await collectBytes(gunzip(bytes)))],
  [/^tar/, (bytes) => listing(readTar(bytes))],
  [/^zip/, async (bytes) => listing(readZip(memoryFile('a.zip', await collectBytes(bytes))))],
  [
    /^idx/,
    async (bytes) =>
      (await all(readIdx(bytes))).flatMap(({ values, rowCount }) => {
        const width = values.length / rowCount;
        return Array.from({ length: rowCount }, (_, row) => [
          ...values.subarray(row * width, (row + 1) * width),
        ]);
      }),
  ],
  [
    /^matrix/,
    async (bytes) =>
      (await all(readMatrixMarket(bytes)))
        .flatMap(({ rows, columns, values }) => [...rows].map((row, i) => [row, columns[i], values[i]]))
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)),
  ],
  [/^jsonl/, async (bytes) => (await all(readJsonLines(bytes))).flat()],
  [/^cifar-binary/, (bytes) => cifar(bytes, 'train.bin')],
  [/^cifar-pickle/, (bytes) => cifar(bytes, 'cifar-100-python/train')],
  [
    /^mat/,
    async (bytes) =>
      readMatStructs(await collectBytes(bytes), 'synsets', 'meta.mat').map((entry) =>
        ['ILSVRC2012_ID', 'WNID', 'words', 'num_children'].map((key) => entry.get(key)),
      ),
  ],
];

describe.each(Object.keys(fixtures))('%s', (name) => {
  const { bytes: base64, expected } = fixtures[name] as { bytes: string; expected: unknown };
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'));
  const [, reader] = read.find(([pattern]) => pattern.test(name)) ?? [];

  it('reads as Python does', async () => {
    expect(await reader?.(pieces(bytes), name)).toEqual(expected);
  });

  it('reads the same whatever pieces it comes in', async () => {
    const short = name === 'cifar-binary'; // two records are as good as five, and six times as quick
    const wanted = JSON.stringify(short ? (expected as unknown[]).slice(0, 2) : expected);
    const whole = short ? bytes.subarray(0, 2 * 3074) : bytes;
    const single = Array.from(whole, (byte) => Uint8Array.of(byte));
    expect(JSON.stringify(await reader?.(pieces(...single), name))).toBe(wanted);
    if (/^(zip|mat|cifar-pickle)/.test(name)) return; // read whole, so pieces cannot matter
    for (let cut = 0; cut <= whole.length; cut++) {
      const parts = [whole.subarray(0, cut), whole.subarray(cut)];
      if (JSON.stringify(await reader?.(pieces(...parts), name)) !== wanted)
        throw new Error(`differs when cut at byte ${cut}`);
    }
  });
});
