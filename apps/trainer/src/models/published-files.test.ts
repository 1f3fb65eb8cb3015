import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { save, stateDict } from '@warmstart/core-checkpoint';
import { imagePreparation, resnet18 } from '@warmstart/models';
import { seededRandom } from '@warmstart/random';
import { readTokenizer, Tokenizer } from '@warmstart/tokenizers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine } from '../engine.js';
import { runCli } from '../run-cli.js';
import { recordingTerminal } from '../terminal/recording-terminal.js';
import { openNetwork } from './published-network.js';
import type { PublishedNetwork } from './row-features.js';

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

/** Texts as the network is given them. */
function tokensOf({ input }: PublishedNetwork, texts: string[]): Float32Array {
  if (input.kind !== 'texts') throw new Error('a text network takes texts');
  const { tokens } = new Tokenizer(input.tokenizer).encode(texts, {
    maxLength: input.length,
    padTo: input.length,
  });
  return Float32Array.from(tokens.flat());
}

const finetune = (...args: string[]) => run('finetune', '--backend', 'wasm', ...args);

describe('a text network from a file of Transformers', { timeout: 120_000 }, () => {
  it('gives the features that PyTorch gives: words, heads and padding are read as there', async () => {
    await startEngine('wasm');
    const { texts, features } = JSON.parse(
      readFileSync(join(fixtures, 'networks/bert/expected.json'), 'utf8'),
    );
    const network = await openNetwork({ model: 'bert_base', weights: bert }, recordingTerminal());
    const found = await network.features(tokensOf(network, texts as string[]), 3);
    for (const [index, value] of (features as number[][]).flat().entries())
      expect(found[index]).toBeCloseTo(value, 5);
  });

  it('reads tokenizer.json as it reads vocab.txt, and says what it assumes without config.json', async () => {
    const text = ['the film was good', 'poor and dullest'];
    const words = readFileSync(join(dirname(bert), 'vocab.txt'), 'utf8');
    mkdirSync('whole');
    copyFileSync(bert, 'whole/model.safetensors');
    writeFileSync('whole/tokenizer.json', JSON.stringify(readTokenizer({ 'vocab.txt': words })));
    const terminal = recordingTerminal();
    const found: Float32Array[] = [];
    for (const weights of [bert, 'whole/model.safetensors']) {
      const network = await openNetwork({ model: 'bert_base', weights }, terminal);
      if (weights === bert) expect(terminal.noteText()).toBe('');
      found.push(await network.features(tokensOf(network, text), 2));
    }
    expect(terminal.noteText()).toMatch(
      /no config\.json beside it; \d+ attention heads and GELU are assumed/,
    );
    copyFileSync(join(dirname(bert), 'config.json'), 'whole/config.json');
    const network = await openNetwork({ model: 'bert_base', weights: 'whole/model.safetensors' }, terminal);
    expect(await network.features(tokensOf(network, text), 2)).toEqual(found[0]);
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
      chosen: { tune: 'head' },
      pretrained: true,
    });
    expect(tuned.json().metrics.accuracy).toBeGreaterThan(0.8);
    expect((await finetune(...asked)).notes).toMatch(
      /features of \d+ rows taken from warmstart-runs\/cache\/features-bert_base-/,
    );
    const model = 'tuned/checkpoints/model.safetensors';
    const evaluated = await run('evaluate', model, '--data', 'texts');
    expect(evaluated.json().accuracy, evaluated.notes).toBe(tuned.json().metrics.accuracy);
    copyFileSync(bert, 'moved.safetensors');
    for (const name of ['vocab.txt', 'config.json']) copyFileSync(join(dirname(bert), name), name);
    const moved = await run('evaluate', model, '--data', 'texts', '--weights', 'moved.safetensors');
    expect(moved.json().accuracy, moved.notes).toBe(tuned.json().metrics.accuracy);
    mkdirSync('new');
    writeFileSync('new/a.txt', 'the film was dull, poor to see..');
    const predicted = await run('predict', model, '--data', 'new', '--format', 'texts');
    expect(predicted.json()).toMatchObject({ row: 1, prediction: 'panned' });
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
    const network = await openNetwork({ model: 'resnet18', weights: 'own.safetensors' }, terminal);
    expect(terminal.noteText()).toContain(
      'own.safetensors: the head `fc` was left out: the file has fc.weight [7,512], fc.bias [7]',
    );
    const pixels = Uint8Array.from({ length: 224 * 224 * 3 }, (_, i) => (i * 7919) % 256);
    const { mean, deviation } = imagePreparation('resnet18');
    const wanted = tf.tidy(() => {
      const scaled = tf.div(tf.tensor4d(Float32Array.from(pixels), [1, 224, 224, 3]), 255);
      return own.features(tf.div(tf.sub(scaled, tf.tensor1d([...mean])), tf.tensor1d([...deviation])));
    });
    const prepared = Float32Array.from(pixels, (value, at) => {
      const channel = at % 3;
      return (value / 255 - (mean[channel] as number)) / (deviation[channel] as number);
    });
    const found = await network.features(prepared, 1);
    const expected = await wanted.data();
    for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at] as number, 3);
    wanted.dispose();
    own.dispose();
  });
});
