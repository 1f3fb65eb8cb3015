import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { card, type DatasetName, datasetNames, offlineFiles } from '@warmstart/datasets';
import { saveFiles } from '@warmstart/datasets/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const root = mkdtempSync(join(tmpdir(), 'warmstart-data-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const code = await runCli(['data', ...args], terminal);
  const lines = terminal.outText().split('\n').filter(Boolean);
  return { code, lines, text: terminal.outText(), notes: terminal.noteText() };
}

async function head(name: string, from: string, ...flags: string[]) {
  const { code, lines, text } = await run('head', name, '--from', join(root, from), '--json', ...flags);
  expect(code, text).toBe(0);
  return lines.map((line) => JSON.parse(line));
}

describe('data list', () => {
  it('names the lecture’s sets first', async () => {
    const { lines, code } = await run('list', '--json');
    expect(code).toBe(0);
    const names = JSON.parse(lines[0] ?? '').map(({ name }: { name: string }) => name);
    for (const name of [
      'cifar100',
      'imagenet',
      'gutenberg',
      'wordnet',
      'yelp_polarity',
      'yelp_full',
      'spambase',
      'sentiment140',
      'imdb',
      'recount3',
    ]) {
      expect(names).toContain(name);
    }
    expect((await run('list')).text).toContain('bring your own copy; without it, a synthetic stand-in');
  });
});

describe('data card', () => {
  it.each(datasetNames())('shows %s', async (name) => {
    const { lines } = await run('card', name, '--json');
    const shown = JSON.parse(lines[0] ?? '');
    expect(Object.keys(shown)).toEqual(
      expect.arrayContaining(['name', 'origin', 'licence', 'splits', 'classes', 'features', 'source']),
    );
    expect(shown.origin).toBe(card(name).offline);
    expect((await run('card', name)).text).toContain(card(name).licence);
  });

  it('refuses a name it does not know, as wrong usage', async () => {
    const { code, lines } = await run('card', 'mnist', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(lines[0] ?? '').error.message).toMatch(
      /^data: NAME must be one of cifar100, .*, got "mnist"\.$/,
    );
  });
});

describe.each(datasetNames())('data head %s', (name) => {
  const folder = join(root, 'synthetic', name);
  beforeAll(async () => {
    await saveFiles(
      await offlineFiles(name, name === 'recount3' ? { seed: 1 } : { seed: 1, rows: 8 }),
      folder,
    );
  });

  it('shows the same rows with and without files', async () => {
    const rows = await head(name, join('synthetic', name), '--rows', '2');
    expect(rows.length).toBeGreaterThan(0);
    const offline = await run('head', name, '--rows', '2', '--json');
    expect(offline.code).toBe(0);
    expect(Object.keys(JSON.parse(offline.lines[0] ?? ''))).toEqual(Object.keys(rows[0]));
    expect(offline.notes.includes('synthetic')).toBe(card(name).offline === 'synthetic');
  });

  it('is told from the official set by verify', async () => {
    const { code, lines } = await run('verify', name, folder, '--json');
    const report = JSON.parse(lines[0] ?? '');
    expect(lines).toHaveLength(1);
    const whole: DatasetName[] = ['spambase', 'dna-splice', 'tissue-gene-expression'];
    const countless: DatasetName[] = ['gutenberg'];
    expect(report.ok).toBe([...whole, ...countless].includes(name));
    expect(code).toBe(report.ok ? 0 : 1);
  });
});

describe('data head of files as their publishers write them', () => {
  it('reads Yelp’s CSV with its escapes undone and classes from 0', async () => {
    writeFileSync(join(root, 'yelp.csv'), '"2","She said ""yes"".\\nThen \\""no\\""."\n"1","bad, slow"\n');
    expect(await head('yelp_polarity', 'yelp.csv')).toEqual([
      { text: 'She said "yes".\nThen "no".', label: 1, labelName: 'positive' },
      { text: 'bad, slow', label: 0, labelName: 'negative' },
    ]);
  });

  it('reads a tar.gz of Yelp’s full reviews', async () => {
    const folder = join(root, 'yelp_review_full_csv');
    await saveFiles(await offlineFiles('yelp_full', { rows: 5 }), root);
    execFileSync('tar', ['-czf', join(root, 'yelp_review_full_csv.tgz'), '-C', root, 'yelp_review_full_csv']);
    const rows = await head('yelp_full', 'yelp_review_full_csv.tgz', '--split', 'test');
    expect(rows.map(({ labelName }) => labelName)).toEqual([
      '1 star',
      '2 stars',
      '3 stars',
      '4 stars',
      '5 stars',
    ]);
    rmSync(folder, { recursive: true });
  });

  it('reads Sentiment140 in latin-1, 0 2 4 as 0 1 2', async () => {
    const line = (polarity: number, text: string) =>
      `"${polarity}","3","Mon May 11","kindle2","tpryan","${text}"\n`;
    const file = Buffer.from(line(4, 'caf\u00e9 ""so"" good') + line(2, 'hm') + line(0, 'no'), 'latin1');
    writeFileSync(join(root, 'testdata.manual.2009.06.14.csv'), file);
    const rows = await head('sentiment140', 'testdata.manual.2009.06.14.csv');
    expect(rows.map(({ label, labelName, text }) => [label, labelName, text])).toEqual([
      [2, 'positive', 'café "so" good'],
      [1, 'neutral', 'hm'],
      [0, 'negative', 'no'],
    ]);
  });

  it('reads CIFAR-100’s planes as rows of pixels', async () => {
    const planes = Uint8Array.from({ length: 3072 }, (_, i) => (i * 7) & 255);
    writeFileSync(join(root, 'test.bin'), Buffer.concat([Uint8Array.of(14, 98), planes]));
    const pixels = Uint8Array.from(
      { length: 3072 },
      (_, i) => planes[(i % 3) * 1024 + Math.floor(i / 3)] ?? 0,
    );
    const sha256 = createHash('sha256').update(pixels).digest('hex');
    expect(await head('cifar100', 'test.bin')).toEqual([
      {
        shape: [32, 32, 3],
        sha256,
        label: 98,
        labelName: 'woman',
        coarseLabel: 14,
        coarseLabelName: 'people',
      },
    ]);
  });

  it('reads recount3’s sums as the table they are, past 2^24 exactly', async () => {
    const table = '##annotation=X\n##date.generated=Y\ngene_id\tS1\tS2\nG1\t16777217\t0\nG2\t3\t4\n';
    writeFileSync(join(root, 'sra.gene_sums.P.G026.gz'), gzipSync(table));
    expect(await head('recount3', 'sra.gene_sums.P.G026.gz')).toEqual([
      { gene_id: 'G1', S1: 16777217, S2: 0 },
      { gene_id: 'G2', S1: 3, S2: 4 },
    ]);
  });

  it('decodes ImageNet’s images, whichever way they lie', async () => {
    const [first] = await head('imagenet', join('synthetic', 'imagenet'), '--rows', '1');
    expect(first).toMatchObject({
      shape: [24, 32, 3],
      label: 0,
      labelName: 'tench, Tinca tinca',
      wnid: 'n01440764',
    });
    expect(first.sha256).toMatch(/^[0-9a-f]{64}$/);
    const [second] = await head('imagenet', join('synthetic', 'imagenet'), '--split', 'validation');
    expect(second).toMatchObject({ label: 0, wnid: 'n01440764' });
  });

  it('fails with the file and the reason', async () => {
    writeFileSync(join(root, 'page.tar.gz'), '<!DOCTYPE html><html>gone</html>');
    const { code, lines } = await run('head', 'imdb', '--from', join(root, 'page.tar.gz'), '--json');
    expect(code).toBe(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: { code: 'malformed', file: 'page.tar.gz' } });
    const gone = await run('head', 'imdb', '--from', join(root, 'nowhere'), '--json');
    expect(gone.code).toBe(1);
    expect(JSON.parse(gone.lines[0] ?? '').error.code).toBe('ENOENT');
  });
});
