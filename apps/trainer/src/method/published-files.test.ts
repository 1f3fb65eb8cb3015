import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { save, stateDict } from '@warmstart/core-checkpoint';
import { imagePreparation, resnet18 } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { readTokenizer } from '@warmstart/tokenizers';
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

  it('reads tokenizer.json as it reads vocab.txt, and says what it assumes without config.json', async () => {
    const text = ['the film was good', 'poor and dullest'];
    const rows = { columns: { text }, shapes: { text: [] }, rowCount: 2 };
    const words = readFileSync(join(dirname(bert), 'vocab.txt'), 'utf8');
    mkdirSync('whole');
    copyFileSync(bert, 'whole/model.safetensors');
    writeFileSync('whole/tokenizer.json', JSON.stringify(readTokenizer({ 'vocab.txt': words })));
    const terminal = recordingTerminal();
    const found: Float32Array[] = [];
    for (const weights of [bert, 'whole/model.safetensors']) {
      const network = await openPublished('bert_base', { weights, vocabulary: undefined }, terminal);
      if (weights === bert) expect(terminal.noteText()).toBe('');
      found.push(await network.features(rows, 0, 2, 'texts'));
      network.dispose();
    }
    expect(terminal.noteText()).toMatch(
      /no config\.json beside it; \d+ attention heads and GELU are assumed/,
    );
    copyFileSync(join(dirname(bert), 'config.json'), 'whole/config.json');
    const files = { weights: 'whole/model.safetensors', vocabulary: undefined };
    const network = await openPublished('bert_base', files, terminal);
    expect(await network.features(rows, 0, 2, 'texts')).toEqual(found[0]);
    network.dispose();
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
    expect((await run('evaluate', model, '--data', 'texts', '--split', 'validation')).json().accuracy).toBe(
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
        'alone/vocab.txt: a text network needs its tokenizer, got no such file. Give its tokenizer.json or vocab.txt with --vocabulary.',
    });
    const marks = '[PAD]\n[UNK]\n[CLS]\n[SEP]\n';
    writeFileSync('words.txt', `${marks}${Array.from({ length: 95 }, (_, word) => `w${word}`).join('\n')}\n`);
    const other = await finetune(...asked, bert, '--vocabulary', 'words.txt');
    expect(other.json().error.message).toMatch(
      /words\.txt: the vocabulary must have the 20 pieces of .*, got 99\./,
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

describe("a person's own file of a known network", { timeout: 120_000 }, () => {
  it('gives the features of its trunk, whatever its prefix and its classes', async () => {
    await startEngine('wasm');
    const own = resnet18({ random: seededRandom(3), classCount: 7 });
    const dict = await stateDict(own);
    const prefixed = new Map([...dict].map(([key, tensor]) => [`module._orig_mod.${key}`, tensor]));
    await save('own.safetensors', prefixed);
    const terminal = recordingTerminal();
    const network = await openPublished(
      'resnet18',
      { weights: 'own.safetensors', vocabulary: undefined },
      terminal,
    );
    expect(terminal.noteText()).toContain(
      'own.safetensors: the head `fc` was left out: the file has fc.bias [7]',
    );
    const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 7919) % 256);
    const rows = { columns: { image: pixels }, shapes: { image: [224, 224, 3] }, rowCount: 1 };
    const found = await network.features(rows, 0, 1, 'photos');
    const { mean, deviation } = imagePreparation('resnet18');
    const wanted = tf.tidy(() => {
      const scaled = tf.div(tf.tensor4d(Float32Array.from(pixels), [1, 224, 224, 3]), 255);
      return own.features(tf.div(tf.sub(scaled, tf.tensor1d([...mean])), tf.tensor1d([...deviation])));
    });
    expect(found).toEqual(await wanted.data());
    wanted.dispose();
    network.dispose();
    own.dispose();
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
