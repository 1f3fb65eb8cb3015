import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { encodeTexts, fromColumns, load, trainTokenizer } from '../index.js';

// learned by Hugging Face's Rust trainers: fixtures/make_tokenizers.py
const python = JSON.parse(readFileSync(new URL('../../fixtures/tokenizers.json', import.meta.url), 'utf8'));
const text: string[] = python.text;

describe('trainTokenizer', () => {
  it.each([
    ['wordpiece', 110, python.wordpiece],
    ['byte-level-bpe', 310, python.bpe],
  ] as const)('learns a %s as Hugging Face’s trainer does', async (model, vocabSize, expected) => {
    const definition = await trainTokenizer(text, { model, vocabSize });
    const { vocab } = definition.model as { vocab: Record<string, number> };
    const ours = new Set(Object.keys(vocab));
    const theirs = new Set(Object.keys(expected.vocab));
    const shared = [...ours].filter((token) => theirs.has(token)).length;
    // ties are broken differently, so the last few merges may differ
    expect(shared / theirs.size).toBeGreaterThan(0.9);
    const tokenizer = new Tokenizer(definition, {});
    const tokens = text.map((line) => tokenizer.tokenize(line, { add_special_tokens: false }).length);
    const count = expected.encoded.map((line: string[]) => line.length);
    expect(
      Math.abs(tokens.reduce((a, b) => a + b) / count.reduce((a: number, b: number) => a + b) - 1),
    ).toBeLessThan(0.03);
  });

  it('gives back every byte it was given, by BPE', async () => {
    const definition = await trainTokenizer(text, { model: 'byte-level-bpe', vocabSize: 300 });
    const tokenizer = new Tokenizer(definition, {});
    for (const line of [...text, '漢字 🙂\n\ttabs'])
      expect(tokenizer.decode(tokenizer.encode(line).ids)).toBe(line);
  });

  it('learns the same from the same, and says when there is no room', async () => {
    const once = () => trainTokenizer(text, { model: 'wordpiece', vocabSize: 100 });
    expect(await once()).toEqual(await once());
    await expect(trainTokenizer(text, { model: 'wordpiece', vocabSize: 20 })).rejects.toThrow(
      /^trainTokenizer: vocabSize must have room for \d+ special tokens and letters, got 20\.$/,
    );
  });

  it('learns from a data set', async () => {
    const books = await load('gutenberg');
    const texts = async function* () {
      for await (const { columns } of books) yield* columns.text;
    };
    const definition = await trainTokenizer(texts(), { model: 'wordpiece', vocabSize: 400 });
    expect(new Tokenizer(definition, {}).tokenize('Bennet', { add_special_tokens: false })).toEqual([
      'bennet',
    ]);
  });
});

describe('encodeTexts', () => {
  it('pads and cuts to one length, keeping the special tokens', async () => {
    const definition = await trainTokenizer(text, { model: 'wordpiece', vocabSize: 110 });
    const dataset = fromColumns(
      { text: ['the', text.join(' ')] },
      { schema: { text: { dtype: 'string', shape: [] } } },
    );
    const { columns, shapes } = await dataset
      .map(...(await encodeTexts(definition, { length: 8 })))
      .collect();
    const ids = columns.inputIds as Int32Array;
    expect(shapes.inputIds).toEqual([2, 8]);
    const the = (definition.model as { vocab: Record<string, number> }).vocab.the;
    expect([...ids.subarray(0, 8)]).toEqual([2, the, 3, 0, 0, 0, 0, 0]);
    expect([...(columns.attentionMask as Int32Array)]).toEqual([
      1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,
    ]);
    expect([ids[8], ids[15]]).toEqual([2, 3]);
  });
});
