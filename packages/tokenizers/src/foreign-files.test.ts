import { describe, expect, it } from 'vitest';
import { Tokenizer, type TokenizerDefinition, TokenizerError } from './index.js';

type Parts = Record<string, unknown>;
const vocab = { '[UNK]': 0, a: 1, '##a': 2 };
const file = (parts: Parts = {}): TokenizerDefinition => ({
  version: '1.0',
  added_tokens: [],
  pre_tokenizer: { type: 'WhitespaceSplit' },
  model: { type: 'WordPiece', vocab },
  ...parts,
});

function errorOf(parts: Parts, text?: string): TokenizerError {
  try {
    const tokenizer = new Tokenizer(file(parts));
    if (text !== undefined) tokenizer.encode([text]);
  } catch (error) {
    expect(error).toBeInstanceOf(TokenizerError);
    return error as TokenizerError; // looked at above
  }
  throw new Error('nothing was thrown');
}

function nested(depth: number, inner: unknown, list: string): unknown {
  let part = inner;
  for (let i = 0; i < depth; i++) part = { type: 'Sequence', [list]: [part] };
  return part;
}

const added = (more: Parts) => ({ id: 3, content: 'x', special: false, ...more });
const endless = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
const fourfold = { type: 'Replace', pattern: { String: 'a' }, content: 'aaaa' };

describe('a tokenizer.json from outside', () => {
  it.each<[Parts, string, string]>([
    [{ model: null }, 'invalid-file', 'tokenizer.json.model: there must be an object here, got nothing.'],
    [
      { model: { type: 'Unigram', vocab } },
      'unsupported',
      'tokenizer.json.model.type: "Unigram" is not supported. Known: WordPiece, BPE.',
    ],
    [
      { model: { type: 'WordPiece' } },
      'invalid-file',
      'tokenizer.json.model.vocab: there must be ids by piece here, got nothing.',
    ],
    [
      { model: { type: 'WordPiece', vocab: { a: 0 } } },
      'invalid-file',
      'tokenizer.json.model.unk_token: "[UNK]" must be in the vocabulary, which has 1 pieces without it. Is it another model\'s?',
    ],
    [
      { model: { type: 'WordPiece', vocab, max_input_chars_per_word: 1e9 } },
      'over-limit',
      'tokenizer.json.model.max_input_chars_per_word: at most 1000 is read, got 1000000000.',
    ],
    [
      { model: { type: 'BPE', vocab, merges: ['a'] } },
      'invalid-file',
      'tokenizer.json.model.merges[0]: a merge must be two pieces, got "a".',
    ],
    [
      { model: { type: 'BPE', vocab, merges: [], dropout: 0.1 } },
      'unsupported',
      'tokenizer.json.model.dropout: merges left out at random are not supported, got 0.1. Set it to null.',
    ],
    [
      { pre_tokenizer: endless },
      'unsupported',
      'tokenizer.json.pre_tokenizer.pattern.Regex: "(a+)+$" is not supported.',
    ],
    [
      { pre_tokenizer: { type: 'Split', pattern: { Regex: 'constructor' }, behavior: 'Isolated' } },
      'unsupported',
      'tokenizer.json.pre_tokenizer.pattern.Regex: "constructor" is not supported.',
    ],
    [
      { pre_tokenizer: { type: 'Metaspace' } },
      'unsupported',
      'tokenizer.json.pre_tokenizer.type: "Metaspace" is not supported. Known: BertPreTokenizer, ',
    ],
    [
      { pre_tokenizer: nested(5000, { type: 'Digits' }, 'pretokenizers') },
      'over-limit',
      'at most 64 steps are read.',
    ],
    [
      { normalizer: nested(5000, { type: 'NFC' }, 'normalizers') },
      'over-limit',
      'at most 64 steps are read.',
    ],
    [
      { normalizer: { type: 'Sequence', normalizers: Array(65).fill({ type: 'NFC' }) } },
      'over-limit',
      'at most 64 entries are read, got 65.',
    ],
    [{ normalizer: { type: 'Precompiled' } }, 'unsupported', '"Precompiled" is not supported.'],
    [
      { normalizer: { type: 'Prepend', prepend: 'a'.repeat(1e6) } },
      'over-limit',
      'tokenizer.json.normalizer.prepend: at most 64 characters are read here, got 1000000.',
    ],
    [
      { normalizer: { type: 'Replace', pattern: { Regex: '(x*)*y' }, content: '' } },
      'unsupported',
      '"(x*)*y" is not supported.',
    ],
    [
      { post_processor: nested(5000, { type: 'ByteLevel' }, 'processors') },
      'over-limit',
      'at most 64 steps are read.',
    ],
    [
      { post_processor: { type: 'BertProcessing', cls: ['a', 1], sep: ['b', 9] } },
      'invalid-file',
      'tokenizer.json.post_processor.sep: there must be a token of the vocabulary and its id here, got "b" and 9.',
    ],
    [
      { post_processor: { type: 'TemplateProcessing', single: [], pair: [] } },
      'invalid-file',
      'tokenizer.json.post_processor.single: the template must name each of its 1 texts once, got 0.',
    ],
    [
      { decoder: nested(5000, { type: 'ByteLevel' }, 'decoders') },
      'unsupported',
      'tokenizer.json.decoder.type: "Sequence" is not supported.',
    ],
    [
      { added_tokens: [added({ id: 7 })] },
      'invalid-file',
      'tokenizer.json.added_tokens[0].id: "x" must have the id 3 with this vocabulary, got 7. Is the file of two models?',
    ],
    [
      { added_tokens: [added({ content: 'x'.repeat(2000) })] },
      'over-limit',
      'a token that texts may name has at most 1000 characters, got 2000.',
    ],
    [
      { added_tokens: [added({ content: 5 })] },
      'invalid-file',
      'tokenizer.json.added_tokens[0].content: there must be a text here, got 5.',
    ],
    [
      { padding: { strategy: { Fixed: 1e12 } } },
      'over-limit',
      'at most 16777216 is read, got 1000000000000.',
    ],
    [
      { truncation: { max_length: -1 } },
      'invalid-file',
      'tokenizer.json.truncation.max_length: there must be a whole number from 0 here, got -1.',
    ],
  ])('is refused with its place: %#', (parts, code, message) => {
    const error = errorOf(parts);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it('cannot make a text grow without end', () => {
    const error = errorOf(
      { normalizer: { type: 'Sequence', normalizers: Array(60).fill(fourfold) } },
      'a'.repeat(1e5),
    );
    expect(error.code).toBe('over-limit');
    expect(error.message).toMatch(
      /^tokenizer\.json\.normalizer\.normalizers\[\d+\]: the normalizer would make \d+ characters of a text of 100000\.$/,
    );
  });

  it('shows what a terminal would obey as text', () => {
    const { message } = errorOf({ model: { type: '\u001b[31m\u009b\u202e', vocab } });
    expect(message).toContain('"\\u001b[31m\\u009b\\u202e"');
  });

  it('may name a piece after a property of every object', () => {
    const names = JSON.parse('{"[UNK]":0,"__proto__":1,"constructor":2,"toString":3}');
    const tokenizer = new Tokenizer(file({ model: { type: 'WordPiece', vocab: names } }));
    expect(tokenizer.encode(['__proto__ toString valueOf']).tokens).toEqual([[1, 3, 0]]);
    expect(new Tokenizer(JSON.parse(JSON.stringify(tokenizer))).idOf('__proto__')).toBe(1);
  });

  it.each([
    ['a', 'a'.repeat(60_000)],
    [' ', `${' '.repeat(60_000)}a`],
    ['\n ', '\n '.repeat(30_000)],
    ['pairs of surrogates', '𝒜'.repeat(30_000)],
    ['accents', `a${'\u0301'.repeat(60_000)}`],
    ['accents in the wrong order', `a${'\u0345\u0334\u0301'.repeat(30_000)}`],
  ])('splits a long run of "%s" at once', (_, text) => {
    const patterns = [
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
      '\\s+',
    ];
    const start = process.cpuUsage();
    for (const Regex of patterns) {
      const split = { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false };
      const blank = added({ content: ' ', lstrip: true, rstrip: true, normalized: true });
      const parts = { normalizer: { type: 'BertNormalizer' }, pre_tokenizer: split };
      new Tokenizer(file(parts)).encode([text]);
      new Tokenizer(file({ ...parts, added_tokens: [blank] })).encode([text]);
    }
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(3000); // ms; other work on the machine does not count
  });
});
