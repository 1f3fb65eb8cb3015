import { seededRandom } from '@warmstart/random';
import { describe, expect, it } from 'vitest';
import { distinctRows, load, split, standardize } from './index.js';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe('load', () => {
  it('says what a source is', async () => {
    await expect(load('imdb', { source: 'my-imdb' as never })).rejects.toThrow(
      'load: source must be given as folder(path) of @warmstart/datasets/node',
    );
  });

  it('gives Spambase whole, with its published figures', async () => {
    const dataset = await load('spambase');
    expect(dataset.origin).toBe('official');
    const { rowCount, columns, shapes } = await dataset.collect();
    expect(rowCount).toBe(4601);
    expect(shapes.features).toEqual([4601, 57]);
    expect(columns.features).toBeInstanceOf(Float32Array);
    expect(sum(columns.label)).toBe(1813);
    expect(columns.label.subarray(0, 1813).every((label) => label === 1)).toBe(true);
    const column = (index: number) => columns.features.filter((_, i) => i % 57 === index);
    expect(sum(column(0)) / 4601).toBeCloseTo(0.10455335796565962, 7);
    expect(sum(column(55))).toBe(240047);
    expect(sum(column(56))).toBe(1303414);
    expect(Math.max(...column(54))).toBe(1102.5);
    expect(Math.max(...column(55))).toBe(9989);
    expect(Math.max(...column(56))).toBe(15841);
    expect([...columns.features.subarray(0, 5)]).toEqual([0, 0.64, 0.64, 0, 0.32].map(Math.fround));
    expect(dataset.schema.features.names?.slice(47, 50)).toEqual([
      'word_freq_conference',
      'char_freq_;',
      'char_freq_(',
    ]);
  });

  it('gives dna-splice as letters and as one-hot nucleotides', async () => {
    const { rowCount, columns, shapes } = await (await load('dna-splice')).collect();
    expect(rowCount).toBe(3186);
    expect(shapes.features).toEqual([3186, 240]);
    expect([0, 1, 2].map((k) => columns.label.filter((label) => label === k).length)).toEqual([
      767, 765, 1654,
    ]);
    const counts = [0, 1, 2, 3].map((base) => sum(columns.features.filter((_, i) => i % 4 === base)));
    expect(counts).toEqual([44443, 50227, 50232, 46258]);
    expect(columns.label[0]).toBe(2);
    expect(columns.label[3185]).toBe(0);
    expect(columns.sequence.every((letters) => /^[ACGT]{60}$/.test(letters))).toBe(true);
  });

  it('names the sets it knows', async () => {
    await expect(load('spam' as 'spambase')).rejects.toThrow(
      /load: name must be one of cifar100, .*got "spam"/,
    );
    await expect(load('spambase', { split: 'test' })).rejects.toThrow(
      'load: spambase has the splits train, got "test".',
    );
  });
});

describe('distinctRows', () => {
  it('keeps the first of rows with equal features', async () => {
    expect((await distinctRows(await load('spambase'))).rowCount).toBe(4601 - 394);
    const dna = await distinctRows(await load('dna-splice'));
    const { columns } = await dna.collect();
    expect([0, 1, 2].map((k) => columns.label.filter((label) => label === k).length)).toEqual([
      679, 669, 1653,
    ]);
  });
});

describe('split', () => {
  const shares = { train: 0.6, validation: 0.2, test: 0.2 };

  it('keeps every class’s share and lets no features cross parts', async () => {
    const parts = await split(await load('spambase'), shares, seededRandom(3));
    const rows = await Promise.all([parts.train, parts.validation, parts.test].map((part) => part.collect()));
    expect(sum(rows.map((part) => part.rowCount))).toBe(4601);
    const seen = new Map<string, number>();
    rows.forEach(({ columns, rowCount }, part) => {
      const spam = sum(columns.label) / rowCount;
      expect(Math.abs(spam - 1813 / 4601)).toBeLessThan(0.005);
      for (let row = 0; row < rowCount; row++) {
        const key = columns.features.subarray(row * 57, row * 57 + 57).join();
        expect(seen.get(key) ?? part).toBe(part);
        seen.set(key, part);
      }
    });
    expect(rows[0]?.rowCount).toBeGreaterThan(2750);
    expect(rows[0]?.rowCount).toBeLessThan(2770);
  });

  it('depends on the seed alone', async () => {
    const first = async (seed: number) => {
      const { test } = await split(await load('spambase'), shares, seededRandom(seed));
      return (await test.collect()).columns.features.slice(0, 570).join();
    };
    expect(await first(0)).toBe(await first(0));
    expect(await first(0)).not.toBe(await first(1));
  });

  it('refuses shares that are none', async () => {
    const dataset = await load('spambase');
    await expect(split(dataset, { a: 0.6, b: 0.6 }, seededRandom(0))).rejects.toThrow(
      'split: shares must be above 0 and sum to at most 1, got a 0.6, b 0.6.',
    );
  });
});

describe('standardize', () => {
  it('makes the rows it was fitted on have mean 0 and deviation 1', async () => {
    const { train } = await split(await load('spambase'), { train: 0.6 }, seededRandom(1));
    const { columns, rowCount } = await train.map(await standardize(train)).collect();
    for (const feature of [0, 30, 56]) {
      const column = columns.features.filter((_, i) => i % 57 === feature);
      const mean = sum(column) / rowCount;
      expect(mean).toBeCloseTo(0, 5);
      expect(sum(column.map((value) => (value - mean) ** 2)) / rowCount).toBeCloseTo(1, 4);
    }
  });
});
