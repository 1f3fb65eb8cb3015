import type { JsonPart } from './json-part.js';
import { limits } from './limits.js';
import { idOf, type Vocabulary } from './vocabulary.js';

/** Ids of a word's pieces. */
export type WordModel = (word: string) => readonly number[];

/**
 * BERT's model: the longest known piece from the left, again and again.
 *
 * @see Wu et al. 2016, arXiv 1609.08144
 */
export function wordPieceModel(part: JsonPart, vocabulary: Vocabulary): WordModel {
  const unknown = [idOf(vocabulary, part, 'unk_token', '[UNK]')];
  const prefix = part.text('continuing_subword_prefix', '##');
  const most = part.count('max_input_chars_per_word', limits.wordLetters, 100);
  let longest = 0;
  for (const piece of vocabulary.keys()) longest = Math.max(longest, piece.length);
  return (word) => {
    const whole = vocabulary.get(word);
    if (word.length > most && lettersIn(word, most) > most) return unknown;
    if (whole !== undefined) return [whole];
    const ids: number[] = [];
    for (let start = 0; start < word.length; ) {
      const before = start > 0 ? prefix : '';
      const { id, end } = longestPiece(
        word,
        start,
        before,
        Math.min(word.length, start + longest - before.length),
        vocabulary,
      );
      if (id === undefined) return unknown;
      ids.push(id);
      start = end;
    }
    return ids;
  };
}

function longestPiece(
  word: string,
  start: number,
  before: string,
  from: number,
  vocabulary: Vocabulary,
): { id: number | undefined; end: number } {
  for (let end = from; end > start; end--) {
    if (isInsideLetter(word, end)) continue;
    const id = vocabulary.get(before + word.slice(start, end));
    if (id !== undefined) return { id, end };
  }
  return { id: undefined, end: start };
}

/** Whether a cut at `at` would part the two halves of a letter beyond U+FFFF. */
function isInsideLetter(word: string, at: number): boolean {
  const next = word.charCodeAt(at);
  return next >= 0xdc00 && next <= 0xdfff;
}

/** Letters of a word, counted until there are more than `most`. */
function lettersIn(word: string, most: number): number {
  let count = 0;
  for (const _ of word) if (++count > most) break;
  return count;
}
