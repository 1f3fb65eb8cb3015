import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'warmstart-bad-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const penguins = fileURLToPath(new URL('../../fixtures/penguins.csv', import.meta.url));
const at = (...parts: string[]) => join(folder, ...parts);
/** A PNG of one pixel. */
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function file(name: string, content: string): string {
  writeFileSync(at(name), content);
  return at(name);
}

/** What a failed command says: its exit code, its error as JSON, and its notes. */
async function failure(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli(
    [...args, '--backend', 'wasm', '--json', '--out', at(`run-${Math.floor(performance.now() * 1000)}`)],
    terminal,
  );
  const { error } = JSON.parse(terminal.outText());
  return { exitCode, notes: terminal.noteText(), ...error };
}

const rows = (count: number, row: (index: number) => string) =>
  `${Array.from({ length: count }, (_, index) => row(index)).join('\n')}\n`;

describe('bad input', { timeout: 240_000 }, () => {
  it('a label column that is not there: the nearest, and all there are', async () => {
    const { exitCode, code, message } = await failure('finetune', '--data', penguins, '--label', 'specis');
    expect([exitCode, code]).toEqual([1, 'no-column']);
    expect(message).toContain('there is no column "specis". It has species, island,');
  });

  it('one class only', async () => {
    const data = file('one.csv', `a,y\n${rows(10, (index) => `${index},same`)}`);
    const { code, message } = await failure('finetune', '--data', data, '--label', 'y');
    expect([code, message]).toEqual([
      'one-class',
      expect.stringContaining('must hold at least 2 classes, got only "same"'),
    ]);
  });

  it('more classes than labels', async () => {
    const { code, message } = await failure(
      'finetune',
      '--data',
      penguins,
      '--label',
      'species',
      '--labels',
      '2',
    );
    expect([code, message]).toEqual([
      'too-few-labels',
      expect.stringContaining('labels must be at least the 3 classes, got 2'),
    ]);
    const data = file('many.csv', `a,y\n${rows(10, (index) => `${index},name${index}`)}`);
    expect((await failure('finetune', '--data', data, '--label', 'y')).message).toContain(
      'has 10 classes in 10 labelled rows',
    );
  });

  it('text in a column of numbers, where new rows are predicted: file, row and value', async () => {
    const terminal = recordingTerminal();
    const data = [
      '--data',
      penguins,
      '--label',
      'species',
      '--backend',
      'wasm',
      'steps=2',
      'hidden=[4]',
      '--out',
      at('m'),
    ];
    expect(await runCli(['finetune', ...data], terminal), terminal.noteText()).toBe(0);
    const header = 'species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year';
    const bad = file('bad.csv', `${header}\nAdelie,Dream,long,18,181,3750,male,2007\n`);
    const { exitCode, message } = await failure(
      'predict',
      at('m', 'checkpoints', 'model.safetensors'),
      '--data',
      bad,
    );
    expect(exitCode).toBe(1);
    expect(message).toMatch(/bad\.csv: column "bill_length_mm" holds numbers, but "long" in row 1/);
  });

  it('a word in a column of numbers of one’s own: row, column, word, and three ways out', async () => {
    const data = file(
      'slip.csv',
      `a,b,y\n${rows(40, (row) => `${row === 20 ? 'n/k' : row},${row % 7},${row % 2}`)}`,
    );
    const args = ['pretrain', '--data', data, '--label', 'y', 'steps=1', 'hidden=[4]'];
    const { code, message } = await failure(...args);
    expect([code, message]).toEqual([
      'bad-value',
      `${data}: column "a" holds numbers, but "n/k" in row 21. Correct the file; or, if it means that there is no value, add "n/k" to --missing; or read the column as words with --types (a=category); or leave it out with --ignore.`,
    ]);
    const terminal = recordingTerminal();
    const said = [...args, '--missing', 'n/k', '--backend', 'wasm', '--out', at('slip')];
    expect(await runCli(said, terminal), terminal.noteText()).toBe(0);
    expect(terminal.noteText()).toContain('a: numbers from 0 to 39, 1 of 40 missing');
  });

  it('too few rows of a class, and a folder of one class', async () => {
    const rare = `a,y,part\n${rows(12, (row) => `${row % 7},c${row % 2},train`)}9,rare,test\n`;
    const data = file('rare.csv', rare);
    const args = ['finetune', '--data', data, '--label', 'y', '--split-column', 'part', '--labels', '4'];
    expect(await failure(...args)).toMatchObject({
      code: 'too-few-labels',
      message: expect.stringMatching(
        /every class must have a labelled row to learn from, got none of rare\. There are 3/,
      ),
    });
    mkdirSync(at('one-folder', 'cats'), { recursive: true });
    file('one-folder/cats/a.txt', 'miaow');
    expect(await failure('finetune', '--data', at('one-folder'))).toMatchObject({
      code: 'one-class',
      message: expect.stringContaining(
        'a folder for each of at least 2 classes, got only cats. Name the folder above.',
      ),
    });
  });

  it('counts that are no counts, and a matrix that is not of its genes', async () => {
    const header = '%%MatrixMarket matrix coordinate real general\n3 2 2\n1 1 4\n';
    mkdirSync(at('cells'));
    file('cells/matrix.mtx', `${header}2 2 1\n`);
    expect((await failure('pretrain', '--data', at('cells'))).message).toMatch(
      /at least 3 rows are needed to pre-train, got 2/,
    );
    file('cells/genes.tsv', 'a\nb\n');
    file('cells/barcodes.tsv', '1\n2\n');
    expect((await failure('pretrain', '--data', at('cells'))).message).toContain(
      'the matrix must fit the names beside it (2 genes, 2 barcodes), got 3 × 2. [matrix.mtx]',
    );
    file('cells/barcodes.tsv', '1\n2\n3\n4\n5\n6\n7\n8\n9\n');
    file('cells/matrix.mtx', '%%MatrixMarket matrix coordinate real general\n2 9 2\n1 1 4\n2 2 -1\n');
    expect((await failure('pretrain', '--data', at('cells'))).message).toContain(
      'counts must be 0 or more, got -1. If they are scaled already, give --values scaled;',
    );
  });

  it('an image that cannot be read: which one', async () => {
    for (const name of ['a', 'b']) mkdirSync(at('photos', name), { recursive: true });
    file('photos/a/broken.png', 'no image');
    for (const name of ['other', 'third']) writeFileSync(at('photos', 'b', `${name}.png`), onePixel);
    const {
      code,
      message,
      file: named,
    } = await failure('pretrain', '--data', at('photos'), '--format', 'images', 'imageSize=8');
    expect(code).toBe('bad-value');
    expect(`${named} ${message}`).toContain('broken.png');
  });

  it('an empty folder, a file of unknown kind, nothing at all', async () => {
    mkdirSync(at('empty'));
    expect((await failure('pretrain', '--data', at('empty'))).message).toContain(
      'there must be a file to read, got an empty folder',
    );
    for (const name of ['cats', 'dogs']) mkdirSync(at('no-photos', name), { recursive: true });
    expect((await failure('pretrain', '--data', at('no-photos'), '--format', 'images')).message).toBe(
      `${at('no-photos')}: files named .jpg, .jpeg, .jfif, .png, .webp, .gif, .avif, .bmp, .tif, .tiff are needed, got none.`,
    );
    mkdirSync(at('unknown'));
    for (const name of ['x.bin', 'y.bin']) file(join('unknown', name), '1');
    expect((await failure('pretrain', '--data', at('unknown'))).message).toContain(
      'got 2 other files, such as x.bin. --format says what they are.',
    );
    expect((await failure('pretrain', '--data', 'spambasse')).message).toContain('Did you mean spambase?');
  });

  it('a column of splits that holds other words', async () => {
    const wrong = await failure(
      'finetune',
      '--data',
      penguins,
      '--label',
      'species',
      '--split-column',
      'island',
    );
    expect(wrong.message).toContain(
      'column "island" must say train, validation or test, got "Torgersen" in row 1',
    );
  });

  it('a config with unknown keys: file, line, key, and what was meant', async () => {
    const config = file('c.yaml', 'data: penguins.csv\npretrain:\n  stepz: 3\n  hidden: [a]\n');
    const { exitCode, code, message } = await failure('pretrain', '--config', config);
    expect([exitCode, code]).toEqual([1, 'config']);
    expect(message).toContain(`${config}:3: pretrain.stepz is not a setting. Did you mean steps?`);
    expect(message).toContain(`${config}:4: pretrain.hidden.0: expected number, got "a".`);
    expect((await failure('pretrain', 'stepz=3')).message).toBe(
      'pretrain: stepz is not a setting. Did you mean steps?',
    );
    expect((await failure('pretrain', 'stepz=3')).exitCode).toBe(2);
  });

  it('a backend that is unknown', async () => {
    const unknown = recordingTerminal();
    expect(await runCli(['pretrain', '--backend', 'cuda', '--json'], unknown)).toBe(2);
    expect(unknown.outText()).toContain('Allowed choices are auto, node, webgpu, wasm, cpu');
  });

  it('two processes on one run folder', async () => {
    mkdirSync(at('busy'));
    const holder = { pid: process.ppid, host: hostname(), since: '2026-01-01T00:00:00.000Z' };
    file('busy/run.lock', JSON.stringify(holder));
    const terminal = recordingTerminal();
    expect(await runCli(['pretrain', '--data', penguins, '--out', at('busy'), '--json'], terminal)).toBe(1);
    expect(JSON.parse(terminal.outText()).error).toMatchObject({
      code: 'run-locked',
      message: expect.stringContaining(
        `process ${process.ppid} has been writing to this run folder since 2026-01-01`,
      ),
    });
  });

  it('a lock that a killed process left is taken over', async () => {
    mkdirSync(at('left'));
    file('left/run.lock', JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), since: '' }));
    const terminal = recordingTerminal();
    await runCli(
      [
        'pretrain',
        '--data',
        penguins,
        '--label',
        'species',
        '--backend',
        'wasm',
        'steps=1',
        'hidden=[4]',
        '--out',
        at('left'),
        '--json',
      ],
      terminal,
    );
    expect(JSON.parse(terminal.outText())).toMatchObject({ command: 'pretrain' });
  });
});
