import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../engine.js';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { openPublished } from './published-network.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const bert = join(fixtures, 'networks', 'bert', 'model.safetensors');
const scBert = join(fixtures, 'networks', 'scbert.pth');
const folder = mkdtempSync(join(tmpdir(), 'warmstart-published-'));
const before = process.cwd();
// features are kept below the folder one stands in
beforeAll(() => process.chdir(folder));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

async function run(...args: string[]) {
  const terminal = recordingTerminal();
  const exitCode = await runCli([...args, '--json'], terminal);
  const lines = terminal.outText().split('\n');
  return { exitCode, notes: terminal.noteText(), json: () => JSON.parse(lines[0] as string), lines };
}

const finetune = (...args: string[]) => run('finetune', '--backend', 'wasm', 'steps=60', ...args);

describe('a text network from a file of Transformers', { timeout: 120_000 }, () => {
  it('gives the features that PyTorch gives: words, heads and padding are read as there', async () => {
    await startEngine('wasm');
    const { texts, features } = JSON.parse(
      readFileSync(join(fixtures, 'networks/bert/expected.json'), 'utf8'),
    );
    const network = await openPublished(
      'bert_base',
      { weights: bert, vocabulary: undefined },
      recordingTerminal(),
    );
    const rows = { columns: { text: texts as string[] }, shapes: { text: [] }, rowCount: 3 };
    const found = await network.features(rows, 0, 3, 'texts');
    network.dispose();
    for (const [index, value] of (features as number[][]).flat().entries())
      expect(found[index]).toBeCloseTo(value, 5);
  });

  it('describes a folder of texts, once; a head on top evaluates and predicts', async () => {
    for (let index = 0; index < 18; index++) {
      for (const [name, words] of [
        ['liked', 'good fine lovely'],
        ['panned', 'bad poor dull'],
      ] as const) {
        mkdirSync(join('texts', name), { recursive: true });
        const order = words.split(' ');
        const [first, second] = [order[index % 3], order[(index + 1 + (index % 2)) % 3]];
        const end = '.'.repeat(1 + (index % 8));
        writeFileSync(join('texts', name, `${index}.txt`), `the film was ${first}, ${second} to see${end}`);
      }
    }
    const asked = ['--model', 'bert_base', '--weights', bert, '--data', 'texts', '--out', 'tuned'];
    const tuned = await finetune(...asked);
    expect(tuned.exitCode, tuned.notes).toBe(0);
    expect(tuned.json()).toMatchObject({
      classes: ['liked', 'panned'],
      strategy: 'head-only',
      pretrained: true,
    });
    expect(tuned.json().validation.accuracy).toBeGreaterThan(0.8);
    expect((await finetune(...asked)).notes).toContain(
      'features taken from warmstart-runs/cache/features-bert_base-',
    );
    const model = 'tuned/checkpoints/model.safetensors';
    expect((await run('evaluate', model, '--split', 'validation')).json().accuracy).toBe(
      tuned.json().validation.accuracy,
    );
    mkdirSync('new');
    writeFileSync('new/a.txt', 'the film was dull, poor to see..');
    const predicted = await run('predict', model, '--data', 'new', '--format', 'texts');
    expect(predicted.json()).toMatchObject({ file: 'a.txt', prediction: 'panned' });
  });

  it('says which file is missing or of another network', async () => {
    const asked = ['--model', 'bert_base', '--data', 'texts', '--out', 'wrong', '--weights'];
    mkdirSync('alone');
    copyFileSync(bert, 'alone/model.safetensors');
    expect((await finetune(...asked, 'alone/model.safetensors')).json().error).toMatchObject({
      code: 'no-vocabulary',
      message:
        'alone/vocab.txt: a text network needs its vocabulary, got no such file. Give vocab.txt with --vocabulary.',
    });
    writeFileSync('words.txt', `${Array.from({ length: 99 }, (_, word) => `w${word}`).join('\n')}\n`);
    const other = await finetune(...asked, bert, '--vocabulary', 'words.txt');
    expect(other.json().error.message).toMatch(
      /words\.txt: the vocabulary must have the 20 words of .*, got 99\./,
    );
    expect((await finetune(...asked, scBert)).json().error).toMatchObject({
      code: 'model-file',
      message: expect.stringMatching(
        /the file must hold embeddings\.word_embeddings\.weight, got .* Is it another/,
      ),
    });
    expect(
      (await finetune('--model', 'bert_bas', '--weights', bert, '--data', 'texts')).json().error.message,
    ).toBe('there is no network "bert_bas" to take features from. Did you mean bert_base?');
  });
});

describe('scBERT from its nested checkpoint', { timeout: 120_000 }, () => {
  const asked = ['--model', 'scbert', '--weights', scBert, '--out', 'cells-tuned', '--data'];

  it('describes cells that have its genes', async () => {
    firstGenes(20, 'cells');
    const tuned = await finetune(...asked, 'cells');
    expect(tuned.exitCode, tuned.notes).toBe(0);
    expect(tuned.json().classes).toHaveLength(4);
    expect(Object.keys(tuned.json().validation)).toContain('accuracy');
  });

  it('refuses cells that have others', async () => {
    const cells = join(fixtures, 'blood-cells');
    expect((await finetune(...asked, cells)).json().error).toMatchObject({
      code: 'model-file',
      file: cells,
      message: `${cells}: scBERT needs its 20 genes in its own order, got 200 columns. Bring the matrix to that order first.`,
    });
  });
});

/** The blood cells with some of their genes only. */
function firstGenes(count: number, to: string): void {
  const from = join(fixtures, 'blood-cells');
  mkdirSync(to);
  for (const name of ['barcodes.tsv', 'cells.csv']) copyFileSync(join(from, name), join(to, name));
  const genes = readFileSync(join(from, 'genes.tsv'), 'utf8').split('\n').slice(0, count);
  writeFileSync(join(to, 'genes.tsv'), `${genes.join('\n')}\n`);
  const [header = '', sizes = '', ...lines] = gunzipSync(readFileSync(join(from, 'matrix.mtx.gz')))
    .toString()
    .trimEnd()
    .split('\n');
  const kept = lines.filter((line) => Number(line.split(' ')[0]) <= count);
  const cells = sizes.split(' ')[1];
  writeFileSync(
    join(to, 'matrix.mtx'),
    `${[header, `${count} ${cells} ${kept.length}`, ...kept].join('\n')}\n`,
  );
}
