import { byteLetters } from './byte-letters.js';
import {
  bertTokens,
  bytePairDefinition,
  specialToken,
  type TokenizerDefinition,
  wordPieceDefinition,
} from './definition.js';
import { JsonPart } from './json-part.js';
import { learnMerges, type WordPieces } from './learn-merges.js';
import { limits } from './limits.js';
import { normalizerOf } from './normalizer.js';
import { preTokenizerOf } from './pre-tokenizer.js';
import { Tokenizer } from './tokenizer.js';
import { wellFormed } from './unicode-classes.js';

export interface TrainTokenizerOptions {
  /** `word-piece` as BERT's, `byte-pair` as GPT-2's */
  readonly model: 'word-piece' | 'byte-pair';
  /** Tokens in all, special ones included. */
  readonly vocabularySize: number;
  /** Pairs seen fewer times are not joined. Default 2. */
  readonly minFrequency?: number;
  /** `word-piece` only: small letters, accents off. Default true. */
  readonly lowerCase?: boolean;
  /** Most different words that are counted; the rarest are forgotten beyond it. Default 1,000,000. */
  readonly maxWords?: number;
  readonly signal?: AbortSignal;
}

const continued = '##';

/**
 * Learns a vocabulary from texts, as Hugging Face's trainers do.
 *
 * Pairs of pieces are joined by how often they occur, the most frequent first, of equal ones those whose pieces were
 * known first: the same texts give the same vocabulary. `JSON.stringify` of the result is a `tokenizer.json`.
 *
 * @throws RangeError if vocabularySize has no room for the letters that occur
 * @see Sennrich, Haddow, Birch 2016, arXiv 1508.07909; Hugging Face tokenizers trains WordPiece the same way
 */
export async function trainTokenizer(
  texts: AsyncIterable<string> | Iterable<string>,
  options: TrainTokenizerOptions,
): Promise<Tokenizer> {
  const { model, vocabularySize, minFrequency = 2, lowerCase = true, maxWords = 1_000_000, signal } = options;
  requireOptions(options);
  const isWordPiece = model === 'word-piece';
  const empty = isWordPiece
    ? wordPieceDefinition({}, { lowerCase })
    : bytePairDefinition({}, [], { added: [] });
  const counts = await countWords(texts, empty, maxWords, signal);
  const words = [...counts].map(
    ([word, count]): WordPieces => ({
      count,
      pieces: Array.from(word, (letter, i) => (isWordPiece && i > 0 ? continued + letter : letter)),
    }),
  );
  const special = isWordPiece ? Object.values(bertTokens) : ['<|endoftext|>'];
  const first = [...new Set([...special, ...(isWordPiece ? lettersOf(words) : inOrder(byteLetters()))])];
  if (first.length > vocabularySize) {
    throw new RangeError(
      `trainTokenizer: vocabularySize must have room for ${first.length} special tokens and letters, got ${vocabularySize}.`,
    );
  }
  const prefix = isWordPiece ? continued : '';
  const { tokens, merges } = learnMerges(words, first, { vocabularySize, minFrequency, prefix, signal });
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const added = special.map((token, id) => specialToken(token, id));
  return new Tokenizer(
    isWordPiece ? wordPieceDefinition(vocab, { lowerCase }) : bytePairDefinition(vocab, merges, { added }),
  );
}

function requireOptions({ model, vocabularySize }: TrainTokenizerOptions): void {
  if (model !== 'word-piece' && model !== 'byte-pair') {
    throw new TypeError(
      `trainTokenizer: model must be 'word-piece' or 'byte-pair', got ${JSON.stringify(model)}.`,
    );
  }
  if (Number.isInteger(vocabularySize) && vocabularySize > 0 && vocabularySize <= limits.pieces) return;
  throw new RangeError(
    `trainTokenizer: vocabularySize must be a whole number from 1 to ${limits.pieces}, got ${vocabularySize}.`,
  );
}

async function countWords(
  texts: AsyncIterable<string> | Iterable<string>,
  definition: TokenizerDefinition,
  maxWords: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const file = new JsonPart(definition, 'tokenizer.json');
  const normalize = normalizerOf(file.part('normalizer'));
  const split = preTokenizerOf(file.part('pre_tokenizer'));
  let counts = new Map<string, number>();
  for await (const text of texts) {
    signal?.throwIfAborted();
    if (typeof text !== 'string') {
      throw new TypeError(
        `trainTokenizer: texts must be strings, got ${text === null ? 'null' : typeof text}.`,
      );
    }
    for (const word of split(normalize(wellFormed(text)))) counts.set(word, (counts.get(word) ?? 0) + 1);
    if (counts.size > maxWords * 2) counts = mostFrequent(counts, maxWords);
  }
  return counts.size > maxWords ? mostFrequent(counts, maxWords) : counts;
}

function mostFrequent(counts: Map<string, number>, most: number): Map<string, number> {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return new Map(sorted.slice(0, most));
}

/** Every letter by itself and, where it occurs so, inside words: then no word of known letters is unknown. */
function lettersOf(words: readonly WordPieces[]): string[] {
  const pieces = new Set(words.flatMap(({ pieces: own }) => own));
  const inside = [...pieces].filter(
    (piece) => piece.length > continued.length && piece.startsWith(continued),
  );
  const letters = [...pieces].map((piece) =>
    inside.includes(piece) ? piece.slice(continued.length) : piece,
  );
  return [...inOrder([...new Set(letters)]), ...inOrder(inside)];
}

/** By code points, as Hugging Face's library sorts an alphabet. */
function inOrder(pieces: readonly string[]): string[] {
  const code = (piece: string) => piece.codePointAt(piece.startsWith(continued) ? 2 : 0) ?? 0;
  return [...pieces].sort((a, b) => code(a) - code(b));
}
