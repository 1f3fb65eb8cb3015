import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wordPieceDefinition } from './definition.js';
import { Tokenizer, trainTokenizer } from './index.js';
import { JsonPart } from './json-part.js';
import { learnMerges } from './learn-merges.js';
import { normalizerOf } from './normalizer.js';
import { preTokenizerOf } from './pre-tokenizer.js';

// learned by Hugging Face's trainers in Rust: fixtures/make_encodings.py
const {
  corpus,
  trained,
}: {
  corpus: string[];
  trained: {
    minFrequency: number;
    vocabularySize: number;
    vocab: Record<string, number>;
    merges: [string, string][];
    wordPieces: string[];
  }[];
} = JSON.parse(readFileSync(new URL('fixtures/encodings.json', import.meta.url), 'utf8'));
const texts = [...corpus, ...corpus];

function modelOf(tokenizer: Tokenizer) {
  return tokenizer.toJSON().model as { vocab: Record<string, number>; merges: [string, string][] };
}

describe('trainTokenizer', () => {
  it.each(trained)(
    'learns the pairs of Hugging Face’s trainer: $vocabularySize of at least $minFrequency',
    async (one) => {
      const { minFrequency, vocabularySize } = one;
      const learned = modelOf(
        await trainTokenizer(texts, { model: 'byte-pair', vocabularySize, minFrequency }),
      );
      expect(learned.merges).toEqual(one.merges);
      expect(learned.vocab).toEqual(one.vocab);
    },
  );

  it.each(trained)('learns most of its word pieces, whose letters it numbers at random', async (one) => {
    const { minFrequency, vocabularySize, wordPieces } = one;
    const learned = await trainTokenizer(texts, { model: 'word-piece', vocabularySize, minFrequency });
    const ours = new Set(Object.keys(modelOf(learned).vocab));
    expect(ours.size).toBe(wordPieces.length);
    // ties are broken by the ids of letters
    expect(wordPieces.filter((piece) => ours.has(piece)).length / ours.size).toBeGreaterThan(0.9);
  });

  it('learns the same from the same, whole words in time, and opens again', async () => {
    const once = () => trainTokenizer(texts, { model: 'word-piece', vocabularySize: 400 });
    const tokenizer = await once();
    expect(tokenizer.toJSON()).toEqual((await once()).toJSON());
    expect(tokenizer.tokenize('The NEWEST [MASK]')).toEqual(['the', 'newest', '[MASK]']);
    const again = new Tokenizer(JSON.parse(JSON.stringify(tokenizer)));
    expect(again.encode(texts)).toEqual(tokenizer.encode(texts));
    expect(again.size).toBe(400);
  });

  it('says when there is no room, and what it takes', async () => {
    await expect(trainTokenizer(texts, { model: 'word-piece', vocabularySize: 20 })).rejects.toThrow(
      /^trainTokenizer: vocabularySize must have room for \d+ special tokens and letters, got 20\.$/,
    );
    await expect(trainTokenizer(texts, { model: 'bpe' as 'byte-pair', vocabularySize: 20 })).rejects.toThrow(
      `trainTokenizer: model must be 'word-piece' or 'byte-pair', got "bpe".`,
    );
    await expect(trainTokenizer(texts, { model: 'byte-pair', vocabularySize: Number.NaN })).rejects.toThrow(
      /whole number from 1 to \d+, got NaN/,
    );
    await expect(
      trainTokenizer([1 as unknown as string], { model: 'byte-pair', vocabularySize: 300 }),
    ).rejects.toThrow('trainTokenizer: texts must be strings, got number.');
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const asked = trainTokenizer(texts, { model: 'byte-pair', vocabularySize: 300, signal });
    await expect(asked).rejects.toThrow('enough');
  });
});

describe('learnMerges', () => {
  it.each(trained)(
    'learns exactly its word pieces from its letters',
    ({ minFrequency, vocabularySize, wordPieces }) => {
      const { normalizer, pre_tokenizer: splitter } = wordPieceDefinition({}, { lowerCase: true });
      const normalize = normalizerOf(new JsonPart(normalizer, 'normalizer'));
      const split = preTokenizerOf(new JsonPart(splitter, 'pre_tokenizer'));
      const words = texts.flatMap((text) => split(normalize(text)));
      const pieces = words.map((word) => ({
        count: 1,
        pieces: Array.from(word, (letter, i) => (i > 0 ? `##${letter}` : letter)),
      }));
      const letters = wordPieces.filter((piece) => /^(?:\[[A-Z]+\]|(?:##)?.)$/u.test(piece));
      const options = { vocabularySize, minFrequency, prefix: '##', signal: undefined };
      expect(learnMerges(pieces, letters, options).tokens).toEqual(wordPieces);
    },
  );
});
