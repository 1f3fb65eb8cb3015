import { describe, expect, it } from 'vitest';
import { load, memoryFiles, readRecords, verify } from './index.js';
import { definitionOf } from './sets/definitions.js';

const offline = (name: 'spambase' | 'cifar100' | 'wordnet' | 'recount3') =>
  definitionOf(name).offline({ seed: 1 });

describe('verify', () => {
  it('finds Spambase whole', async () => {
    const report = await verify('spambase', await offline('spambase'));
    expect(report).toMatchObject({ ok: true, variant: 'records' });
    expect(report.checks.map(({ name, actual }) => [name, actual])).toEqual([
      ['train: records', 'readable'],
      ['train: rows', 4601],
      ['train: rows by class', [2788, 1813]],
    ]);
  });

  it('is not taken in by synthetic files', async () => {
    const report = await verify('cifar100', await offline('cifar100'));
    expect(report.ok).toBe(false);
    expect(report.checks.find(({ name }) => name === 'train: rows')).toMatchObject({
      expected: 50_000,
      actual: 200,
    });
    expect(await verify('wordnet', await offline('wordnet'))).toMatchObject({ ok: false, variant: null });
  });

  it('reports damage as a check that failed, with its place', async () => {
    const files = memoryFiles({ 'spambase.data': '1,2,3\n' });
    const report = await verify('spambase', files);
    expect(report.checks[0]).toEqual({
      name: 'train: records',
      ok: false,
      expected: 'readable',
      actual: 'readNumberTable: every row must have 58 fields, got 3. [spambase.data, record 1, byte 0]',
    });
  });

  it('compares size and digest of an archive it knows by name', async () => {
    const files = memoryFiles({ 'trainingandtestdata.zip': 'no zip' });
    const report = await verify('sentiment140', files);
    expect(report.checks.slice(0, 2).map(({ name, ok }) => [name, ok])).toEqual([
      ['trainingandtestdata.zip: bytes', false],
      ['trainingandtestdata.zip: sha256', false],
    ]);
    expect(report.ok).toBe(false);
  });

  it('says which file is missing', async () => {
    const report = await verify('imdb', memoryFiles({ 'a.txt': '', 'b.txt': '' }));
    expect(report.checks.at(-1)).toEqual({
      name: 'files',
      ok: false,
      expected: 'aclImdb_v1.tar.gz',
      actual: null,
    });
  });
});

describe('readRecords', () => {
  it('names features and classes, and writes float32 as short as it can', async () => {
    const { value } = await readRecords(await load('spambase')).next();
    expect(value).toMatchObject({
      word_freq_address: 0.64,
      capital_run_length_average: 3.756,
      label: 1,
      labelName: 'spam',
    });
  });

  it('keeps hostile names as names', async () => {
    const source = memoryFiles({
      'sra.gene_sums.X.G026': '##a\n##b\ngene_id\t__proto__\tconstructor\ng1\t5\t6\n',
    });
    const { value } = await readRecords(await load('recount3', { split: 'gene_sums', source })).next();
    expect(JSON.stringify(value)).toBe('{"gene_id":"g1","__proto__":5,"constructor":6}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
