import type { WordPieces } from './merge-pairs.js';
import { learnMerges } from './merge-pairs.js';
import type { TokenizerDefinition } from './tokenizer-definition.js';
import { byteLetters, byteLevelBpe, wordPiece } from './tokenizer-definition.js';

export interface TrainTokenizerOptions {
  /** `wordpiece` as BERT's, `byte-level-bpe` as GPT-2's. */
  readonly model: 'wordpiece' | 'byte-level-bpe';
  /** Tokens in all, special ones included. */
  readonly vocabSize: number;
  /** Pairs seen fewer times are not joined. Default 2. */
  readonly minFrequency?: number;
  /** WordPiece only: letters made small and accents taken off. Default true. */
  readonly lowercase?: boolean;
  /** Most different words kept count of; the rarest are forgotten beyond it. Default 1,000,000. */
  readonly maxWords?: number;
  readonly signal?: AbortSignal;
}

/**
 * Learns a vocabulary from texts.
 *
 * Pairs of pieces are joined by how often they occur, most frequent first, ties in the order of their
 * letters: the same texts give the same vocabulary. The result is a `tokenizer.json`, which
 * Hugging Face's tools read too.
 *
 * @throws RangeError if vocabSize has no room for the letters that occur
 * @see Sennrich, Haddow, Birch 2016, arXiv 1508.07909; Hugging Face tokenizers trains WordPiece the same way
 */
export async function trainTokenizer(
  texts: AsyncIterable<string> | Iterable<string>,
  options: TrainTokenizerOptions,
): Promise<TokenizerDefinition> {
  const { model, vocabSize, minFrequency = 2, lowercase = true, maxWords = 1_000_000, signal } = options;
  const empty = model === 'wordpiece' ? wordPiece({}, lowercase) : byteLevelBpe({}, []);
  const counts = await countWords(texts, empty, maxWords, signal);
  const prefix = model === 'wordpiece' ? '##' : '';
  const words = [...counts].map(
    ([word, count]): WordPieces => ({
      count,
      pieces: [...word].map((letter, i) => (i === 0 ? letter : prefix + letter)),
    }),
  );
  const special = empty.added_tokens.map(({ content }) => content);
  const letters = model === 'wordpiece' ? lettersOf(words, prefix) : byteLetters();
  const first = [...special, ...letters];
  if (first.length > vocabSize) {
    throw new RangeError(
      `trainTokenizer: vocabSize must have room for ${first.length} special tokens and letters, got ${vocabSize}.`,
    );
  }
  const merges = learnMerges(words, {
    most: vocabSize - first.length,
    minFrequency,
    prefix,
    known: new Set(first),
    signal,
  });
  const tokens = [...new Set([...first, ...merges.map(({ joined }) => joined)])];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return model === 'wordpiece'
    ? wordPiece(vocab, lowercase)
    : byteLevelBpe(
        vocab,
        merges.map(({ left, right }) => [left, right]),
      );
}

async function countWords(
  texts: AsyncIterable<string> | Iterable<string>,
  definition: TokenizerDefinition,
  maxWords: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const { normalizer, pre_tokenizer: splitter } = new Tokenizer(definition, {});
  let counts = new Map<string, number>();
  for await (const text of texts) {
    signal?.throwIfAborted();
    const normal = normalizer === null ? text : normalizer.normalize(text);
    for (const word of splitter?.pre_tokenize(normal) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
    if (counts.size > maxWords * 2) counts = mostFrequent(counts, maxWords);
  }
  return mostFrequent(counts, maxWords);
}

function mostFrequent(counts: Map<string, number>, most: number): Map<string, number> {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return new Map(sorted.slice(0, most));
}

/** Every letter by itself and, where it occurs so, inside words: then no word of known letters is unknown. */
function lettersOf(words: readonly WordPieces[], prefix: string): string[] {
  const pieces = new Set(words.flatMap(({ pieces: own }) => own));
  const letters = [...pieces].map((piece) => (piece.startsWith(prefix) ? piece.slice(prefix.length) : piece));
  return [...new Set(letters)].sort().concat([...pieces].filter((piece) => piece.startsWith(prefix)).sort());
}
