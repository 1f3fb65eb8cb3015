import { fileLines, requireTexts } from './file-lines.js';
import { splitAtMarks } from './marks.js';
import { paddingMask, padRight } from './padding.js';
import type { EncodedTexts } from './word-piece.js';

export interface BytePairOptions {
  /** id by piece, as in `vocab.json` */
  vocabulary: ReadonlyMap<string, number> | Readonly<Record<string, number>>;
  /** the text of `merges.txt`, or its lines: pairs to join, the most wanted first, as "Ġ t" */
  merges: string | readonly string[];
  /** whole words that stand for themselves, e.g. '<|endoftext|>' */
  marks?: readonly string[];
  /** the one of them that takes the space before it: RoBERTa's `<mask>` */
  maskMark?: string;
  /** marks around each row, which count for its length: RoBERTa's `<s>` and `</s>`. Default none, as GPT-2. */
  begin?: string;
  end?: string;
  /** texts longer than this are cut. Default 1024. */
  longest?: number;
}

/** GPT-2's and RoBERTa's tokenizer: bytes, joined pair by pair; no text is unknown to it. */
export interface BytePair {
  /** Ids of one text, without `begin` and `end`. */
  encodeText(text: string): number[];
  /** Rows of one length, padded on the right with `padding` (default 0), which the mask hides. */
  encode(texts: readonly string[], options?: { padding?: number }): Omit<EncodedTexts, 'tokenTypes'>;
  /** Exactly the text the ids came from. */
  decode(ids: readonly number[]): string;
}

/**
 * Contractions, words, numbers, the rest, and space; a word takes the space before it. Space is Unicode's, as where
 * these vocabularies were made: JavaScript's \s has U+FEFF too, and lacks U+0085.
 */
const wordPattern =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * GPT-2's tokenizer: texts to ids and back, from the vocabulary and merges that you have.
 *
 * @throws RangeError if a byte or a mark has no piece in the vocabulary
 * @see Radford et al. 2019 §2.2; Sennrich et al. 2015, arXiv 1508.07909
 */
export function bytePair(options: BytePairOptions): BytePair {
  const { longest = 1024, maskMark } = options;
  const merges = fileLines('bytePair', 'merges', options.merges);
  const around = [options.begin, options.end];
  const marks = [...new Set([...(options.marks ?? []), maskMark, ...around])].filter(
    (mark) => mark !== undefined,
  );
  const letters = byteLetters();
  const ids = checkedIds(options.vocabulary, letters, marks);
  const [begin, end] = around.map((mark) => (mark === undefined ? [] : [ids.get(mark) as number])) as [
    number[],
    number[],
  ];
  const pieces = new Map([...ids].map(([piece, id]) => [id, piece]));
  const ofWord = wordEncoder(merges, ids, letters);
  const encodeText = (text: string) =>
    splitAtMarks(text, marks).flatMap((part, i, parts) => {
      if (marks.includes(part)) return [ids.get(part) as number];
      const plain =
        maskMark !== undefined && parts[i + 1] === maskMark ? part.replace(/\p{White_Space}+$/u, '') : part;
      return (plain.match(wordPattern) ?? []).flatMap(ofWord);
    });
  return {
    encodeText,
    encode: (texts, { padding = 0 } = {}) => {
      requireTexts('bytePair', texts);
      const room = longest - begin.length - end.length;
      const rows = texts.map((text) => [...begin, ...encodeText(text).slice(0, room), ...end]);
      return { tokens: padRight(rows, padding), mask: paddingMask(rows) };
    },
    decode: (tokens) =>
      decodePieces(
        tokens.map((id) => pieces.get(id) ?? ''),
        letters,
        marks,
      ),
  };
}

/** Id by piece, once every byte and every mark is known to have one. */
function checkedIds(
  vocabulary: BytePairOptions['vocabulary'],
  letters: readonly string[],
  marks: readonly string[],
): ReadonlyMap<string, number> {
  const ids =
    vocabulary instanceof Map
      ? (vocabulary as ReadonlyMap<string, number>)
      : new Map(Object.entries(vocabulary));
  for (const letter of letters) {
    if (!ids.has(letter))
      throw new RangeError(`bytePair: vocabulary must hold every byte, got none for "${letter}".`);
  }
  for (const mark of marks) {
    if (!ids.has(mark)) throw new RangeError(`bytePair: vocabulary must hold the mark ${mark}, got none.`);
  }
  return ids;
}

/** Ids of one word; of a word seen before, from memory. */
function wordEncoder(
  merges: readonly string[],
  ids: ReadonlyMap<string, number>,
  letters: readonly string[],
): (word: string) => number[] {
  const ranks = new Map(
    merges.filter((line) => !line.startsWith('#version')).map((line, rank) => [line, rank]),
  );
  const known = new Map<string, number[]>();
  return (word) => {
    const before = known.get(word);
    if (before) return before;
    const bytes = [...new TextEncoder().encode(word)].map((byte) => letters[byte] as string);
    const found = joinPairs(bytes, ranks).map((piece) => ids.get(piece) as number);
    known.set(word, found);
    return found;
  };
}

/** Joins the most wanted pair everywhere, until no wanted pair is left. */
function joinPairs(parts: string[], ranks: ReadonlyMap<string, number>): string[] {
  let word = parts;
  for (;;) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < word.length; i++) {
      best = Math.min(best, ranks.get(`${word[i]} ${word[i + 1]}`) ?? Number.POSITIVE_INFINITY);
    }
    if (best === Number.POSITIVE_INFINITY) return word;
    const joined: string[] = [];
    for (let i = 0; i < word.length; i++) {
      const isPair = i + 1 < word.length && ranks.get(`${word[i]} ${word[i + 1]}`) === best;
      joined.push(isPair ? `${word[i]}${word[++i]}` : (word[i] as string));
    }
    word = joined;
  }
}

function decodePieces(
  pieces: readonly string[],
  letters: readonly string[],
  marks: readonly string[],
): string {
  const bytes = new Map(letters.map((letter, byte) => [letter, byte]));
  const encoder = new TextEncoder();
  const out = pieces.flatMap((piece) =>
    marks.includes(piece)
      ? [...encoder.encode(piece)]
      : [...piece].map((letter) => bytes.get(letter) ?? 0x3f),
  );
  return new TextDecoder().decode(Uint8Array.from(out));
}

/** A visible letter for each byte: itself where it is one, else the next from U+0100 on. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(visible ? byte : next++);
  });
}
