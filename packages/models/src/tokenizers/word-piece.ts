import { fileLines, requireTexts } from './file-lines.js';
import { splitAtMarks } from './marks.js';
import { paddingMask, padRight } from './padding.js';

/** What a tokenizer makes of texts: rows of one length, to give to a model as they are. */
export interface EncodedTexts {
  /** [batch, length], padded on the right */
  tokens: number[][];
  /** 1 for tokens, 0 for padding */
  mask: number[][];
  /** 0 for the first text of a pair, 1 for the second */
  tokenTypes: number[][];
}

export interface WordPieceOptions {
  /** the text of `vocab.txt`, or its lines: piece by id; pieces that continue a word begin with ## */
  vocabulary: string | readonly string[];
  /** lower case, accents off. Default true. */
  lowerCase?: boolean;
  /** texts longer than this are cut. Default 512. */
  longest?: number;
  /** pieces that a text may name whole, as in "Paris is the [MASK]". Default BERT's five, where the vocabulary has them. */
  marks?: readonly string[];
}

/** BERT's tokenizer: words, then the longest pieces of each that the vocabulary knows. */
export interface WordPiece {
  /** Pieces of one text, with no marks but those it names. */
  tokenize(text: string): string[];
  /**
   * Ids between [CLS] and [SEP], padded with [PAD] to the longest.
   *
   * @param texts - each a text, or a pair of them
   */
  encode(texts: readonly (string | readonly [string, string])[]): EncodedTexts;
  /** Text of ids, marks left out. */
  decode(ids: readonly number[]): string;
}

const longestWord = 100;
const bertMarks = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * BERT's tokenizer: texts to ids and back, from the vocabulary that you have.
 *
 * @throws RangeError if the vocabulary lacks one of [PAD], [UNK], [CLS], [SEP]
 * @see Devlin et al. 2018, arXiv 1810.04805; Wu et al. 2016, arXiv 1609.08144
 */
export function wordPiece(options: WordPieceOptions): WordPiece {
  const { lowerCase = true, longest = 512 } = options;
  const vocabulary = fileLines('wordPiece', 'vocabulary', options.vocabulary);
  const ids = new Map(vocabulary.map((piece, id) => [piece, id]));
  const known = (options.marks ?? bertMarks).filter((mark) => ids.has(mark));
  const idOf = (mark: string) => {
    const id = ids.get(mark);
    if (id === undefined) throw new RangeError(`wordPiece: vocabulary must hold ${mark}, got none.`);
    return id;
  };
  const [pad, unknown, begin, end] = bertMarks.slice(0, 4).map(idOf) as [number, number, number, number];
  const tokenize = (text: string) =>
    splitAtMarks(text, known).flatMap((part) =>
      known.includes(part) ? [part] : splitWords(part, lowerCase).flatMap((word) => piecesOf(word, ids)),
    );
  const idsOf = (text: string) => tokenize(text).map((piece) => ids.get(piece) ?? unknown);
  return {
    tokenize,
    encode: (texts) => {
      requireTexts('wordPiece', texts);
      const rows = texts.map((entry) => {
        const [first, second] = (typeof entry === 'string' ? [entry] : entry).map(idsOf) as [
          number[],
          number[]?,
        ];
        cutPair(first, second, longest);
        const left = [begin, ...first, end];
        const right = second ? [...second, end] : [];
        return { ids: [...left, ...right], types: [...left.map(() => 0), ...right.map(() => 1)] };
      });
      const tokens = rows.map((row) => row.ids);
      const types = rows.map((row) => row.types);
      return { tokens: padRight(tokens, pad), mask: paddingMask(tokens), tokenTypes: padRight(types, 0) };
    },
    decode: (tokens) => {
      const marks = new Set([pad, begin, end]);
      const pieces = tokens.filter((id) => !marks.has(id)).map((id) => vocabulary[id] ?? '[UNK]');
      return pieces.join(' ').replaceAll(' ##', '');
    },
  };
}

/** Takes from the longer of the two until both fit with their marks. */
function cutPair(first: number[], second: number[] | undefined, longest: number): void {
  if (!second) {
    first.length = Math.min(first.length, longest - 2);
    return;
  }
  while (first.length + second.length > longest - 3) (first.length > second.length ? first : second).pop();
}

/** The longest known piece from the left, again and again. */
function piecesOf(word: string, ids: ReadonlyMap<string, number>): string[] {
  const letters = [...word];
  if (letters.length > longestWord) return ['[UNK]'];
  const pieces: string[] = [];
  let start = 0;
  while (start < letters.length) {
    let end = letters.length;
    let piece = '';
    for (; end > start; end--) {
      piece = (start > 0 ? '##' : '') + letters.slice(start, end).join('');
      if (ids.has(piece)) break;
    }
    if (end === start) return ['[UNK]'];
    pieces.push(piece);
    start = end;
  }
  return pieces;
}

/** Words and marks of punctuation, each apart; Chinese characters are words of their own. */
function splitWords(text: string, lowerCase: boolean): string[] {
  let clean = '';
  for (const letter of text) {
    const code = letter.codePointAt(0) as number;
    if (code === 0 || code === 0xfffd || isControl(letter)) continue;
    if (/\s/u.test(letter)) clean += ' ';
    else clean += isChinese(code) ? ` ${letter} ` : letter;
  }
  // letter by letter: a whole word's lower case would end in ς where Hugging Face has σ
  if (lowerCase)
    clean = Array.from(clean.normalize('NFD').replace(/\p{Mn}/gu, ''), (letter) => letter.toLowerCase()).join(
      '',
    );
  return clean
    .split(' ')
    .filter((word) => word !== '')
    .flatMap((word) => word.match(/[!-/:-@[-`{-~\p{P}]|[^!-/:-@[-`{-~\p{P}]+/gu) ?? []);
}

/** Control, format and private characters; those not assigned yet are kept, as Hugging Face does. */
function isControl(letter: string): boolean {
  return letter !== '\t' && letter !== '\n' && letter !== '\r' && /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(letter);
}

function isChinese(code: number): boolean {
  const ranges = [
    [0x4e00, 0x9fff],
    [0x3400, 0x4dbf],
    [0x20000, 0x2a6df],
    [0x2a700, 0x2b73f],
    [0x2b740, 0x2b81f],
    [0x2b820, 0x2ceaf],
    [0xf900, 0xfaff],
    [0x2f800, 0x2fa1f],
  ];
  return ranges.some(([low = 0, high = 0]) => code >= low && code <= high);
}
