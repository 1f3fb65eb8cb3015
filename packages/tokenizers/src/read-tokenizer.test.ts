import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readTokenizer, TokenizerError, type TokenizerFiles } from './index.js';

// opened by transformers 5: fixtures/make_encodings.py
const {
  files,
}: {
  files: {
    config: Record<string, unknown>;
    vocab: string[];
    texts: (string | [string, string])[];
    ids: number[][];
    types: number[][];
  }[];
} = JSON.parse(readFileSync(new URL('fixtures/encodings.json', import.meta.url), 'utf8'));
const words = '[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nfilm\n##s\n';

function errorOf(open: () => unknown): TokenizerError {
  try {
    open();
  } catch (error) {
    expect(error).toBeInstanceOf(TokenizerError);
    return error as TokenizerError; // looked at above
  }
  throw new Error('nothing was thrown');
}

describe('readTokenizer', () => {
  it.each(files)(
    'reads vocab.txt with $config as transformers does',
    ({ config, vocab, texts, ids, types }) => {
      for (const end of ['\n', '\r\n']) {
        const tokenizer = readTokenizer({
          'vocab.txt': vocab.join(end) + end,
          'tokenizer_config.json': JSON.stringify(config),
        });
        for (const [i, text] of texts.entries()) {
          const { tokens, tokenTypes } = tokenizer.encode([text]);
          expect(tokens[0], String(text)).toEqual(ids[i]);
          expect(tokenTypes?.[0]).toEqual(types[i]);
        }
      }
    },
  );

  it('writes a tokenizer.json that reads the same', () => {
    const once = readTokenizer({ 'vocab.txt': words });
    const again = readTokenizer({ 'tokenizer.json': JSON.stringify(once) });
    expect(again.encode(['Good films [SEP] good'])).toEqual(once.encode(['Good films [SEP] good']));
  });

  it('does not guess whether a vocabulary with capitals lowers texts', () => {
    const cased = `${words}Good\n`;
    const error = errorOf(() => readTokenizer({ 'vocab.txt': cased }));
    expect(error.code).toBe('unclear');
    expect(error.message).toBe(
      'vocab.txt: the vocabulary has capitals ("Good"), and no tokenizer_config.json says whether texts are lowered. ' +
        'Put one beside it, {"do_lower_case": false} for a cased model, or pass lowerCase.',
    );
    expect(readTokenizer({ 'vocab.txt': cased }, { lowerCase: false }).tokenize('Good')).toEqual(['Good']);
    expect(readTokenizer({ 'vocab.txt': words }).tokenize('Good')).toEqual(['good']);
  });

  it('takes length and padding from tokenizer_config.json', () => {
    const files = {
      'vocab.txt': words,
      'tokenizer_config.json': '{"model_max_length":3,"pad_token":{"content":"good"}}',
    };
    expect(() => readTokenizer(files)).not.toThrow();
    expect(readTokenizer(files).padId).toBe(4);
    expect(readTokenizer(files).encode(['good good']).tokens).toEqual([[2, 4, 3]]);
    const endless = { ...files, 'tokenizer_config.json': '{"model_max_length":1e30}' };
    expect(readTokenizer(endless).encode(['good good']).tokens).toEqual([[2, 4, 4, 3]]);
  });

  it.each<[TokenizerFiles, string, RegExp]>([
    [{}, 'missing-file', /^tokenizer\.json: there must be a tokenizer\.json, a vocab\.txt, or/],
    [
      { 'vocab.json': '{}' },
      'missing-file',
      /^merges\.txt: vocab\.json needs merges\.txt beside it, got none\.$/,
    ],
    [{ 'merges.txt': '' }, 'missing-file', /^vocab\.json: merges\.txt needs vocab\.json/],
    [{ 'tokenizer.json': '<html>' }, 'invalid-file', /^tokenizer\.json: the file must be JSON, got "<html>"/],
    [
      { 'vocab.txt': '{"a": 0}' },
      'invalid-file',
      /^vocab\.txt: the vocabulary must hold "\[PAD\]", got 1 pieces/,
    ],
    [
      { 'vocab.txt': words, 'tokenizer_config.json': '{"tokenizer_class":"MPNetTokenizer"}' },
      'unsupported',
      /^tokenizer_config\.json\.tokenizer_class: "MPNet" is not supported with vocab\.txt\. Known: Bert, .* Give its tokenizer\.json\.$/,
    ],
    [
      { 'vocab.txt': words, 'tokenizer_config.json': '{"do_lower_case":"yes"}' },
      'invalid-file',
      /^tokenizer_config\.json\.do_lower_case: there must be true or false here, got "yes"\.$/,
    ],
    [
      { 'vocab.json': '{"a":0}', 'merges.txt': 'a b c' },
      'invalid-file',
      /^merges\.txt: a line must be two pieces/,
    ],
    [
      { 'vocab.json': '{"a":0}', 'merges.txt': 'a b' },
      'invalid-file',
      /merges\[0\]: "b" must be in the vocabulary\.$/,
    ],
    [{ 'vocab.json': '{"a":0,"b":0}', 'merges.txt': '' }, 'invalid-file', /"a" and "b" share the id 0\.$/],
    [
      { 'vocab.json': '{"a":-1}', 'merges.txt': '' },
      'invalid-file',
      /ids must be whole numbers from 0 to \d+, got -1/,
    ],
  ])('refuses %j', (files, code, message) => {
    const error = errorOf(() => readTokenizer(files));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('refuses files of other names, and what is not text', () => {
    const read = readTokenizer as (files: object) => unknown;
    expect(() => read({ 'spiece.model': '' })).toThrow(
      /^readTokenizer: files must be of .*, got "spiece\.model"\.$/,
    );
    expect(() => read({ 'vocab.txt': ['a'] })).toThrow(
      'readTokenizer: vocab.txt must be the text of the file, got a list.',
    );
  });
});
