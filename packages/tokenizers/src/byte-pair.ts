import { shown, TokenizerError } from './errors.js';
import { joinPairs, type Merges } from './join-pairs.js';
import { type JsonPart, kindOf } from './json-part.js';
import { limits } from './limits.js';
import type { Vocabulary } from './vocabulary.js';
import type { WordModel } from './word-piece.js';

/** Words that are kept with their ids, and how long they may be: longer ones would keep the text they are cut from. */
const remembered = { words: 20_000, units: 12 };

/**
 * GPT-2's model: letters, joined pair by pair in the order of the merges.
 *
 * @see Sennrich et al. 2016, arXiv 1508.07909
 */
export function bytePairModel(part: JsonPart, vocabulary: Vocabulary): WordModel {
  if (part.has('dropout') && part.value('dropout') !== 0) {
    throw new TokenizerError(
      'unsupported',
      `${part.path}.dropout`,
      `merges left out at random are not supported, got ${kindOf(part.value('dropout'))}. Set it to null.`,
    );
  }
  const merges = mergesOf(part, vocabulary);
  const letters = letterIds(part, vocabulary);
  const wholeFirst = part.flag('ignore_merges', false);
  const known = new Map<string, readonly number[]>();
  return (word) => {
    const before = known.get(word);
    if (before) return before;
    const whole = wholeFirst ? vocabulary.get(word) : undefined;
    const ids = whole === undefined ? joinPairs(letters(word), merges) : [whole];
    if (word.length <= remembered.units) {
      if (known.size >= remembered.words) known.clear();
      known.set(word, ids);
    }
    return ids;
  };
}

function mergesOf(part: JsonPart, vocabulary: Vocabulary): Merges {
  const prefixLength = part.text('continuing_subword_prefix', '').length;
  const merges: Merges = { ranks: new Map(), joined: [] };
  for (const [rank, entry] of part.list('merges', limits.merges).entries()) {
    const path = `${part.path}.merges[${rank}]`;
    const [left, right] = pairOf(entry, path);
    const [a, b, joined] = [left, right, left + right.slice(prefixLength)].map((piece) => {
      const id = vocabulary.get(piece);
      if (id !== undefined) return id;
      throw new TokenizerError('invalid-file', path, `${shown(piece)} must be in the vocabulary.`);
    }) as [number, number, number];
    merges.ranks.set(a * limits.ids + b, rank);
    merges.joined.push(joined);
  }
  return merges;
}

/** "Ġ t", as old files write it, or ["Ġ", "t"]. */
function pairOf(entry: unknown, path: string): [string, string] {
  const pair = typeof entry === 'string' ? entry.split(' ') : entry;
  if (Array.isArray(pair) && pair.length === 2 && pair.every((piece) => typeof piece === 'string')) {
    return pair as [string, string]; // looked at above
  }
  throw new TokenizerError('invalid-file', path, `a merge must be two pieces, got ${kindOf(entry)}.`);
}

/** Ids of a word's letters, of their bytes where the file says so, else of the unknown piece. */
function letterIds(part: JsonPart, vocabulary: Vocabulary): (word: string) => number[] {
  const prefix = part.text('continuing_subword_prefix', '');
  const suffix = part.text('end_of_word_suffix', '');
  const fuse = part.flag('fuse_unk', false);
  const byBytes = part.flag('byte_fallback', false);
  const unknown = part.has('unk_token') ? part.text('unk_token') : undefined;
  return (word) => {
    const ids: number[] = [];
    let pending: number | undefined;
    for (let at = 0; at < word.length; ) {
      const letter = String.fromCodePoint(word.codePointAt(at) as number); // before the end
      const piece = (at > 0 ? prefix : '') + letter + (at + letter.length === word.length ? suffix : '');
      at += letter.length;
      const id = vocabulary.get(piece);
      const bytes = id === undefined && byBytes ? byteIds(piece, vocabulary) : undefined;
      if (bytes) ids.push(...bytes);
      else if (id === undefined && unknown !== undefined) {
        if (pending !== undefined && !fuse) ids.push(pending);
        pending = unknownId(part, vocabulary, unknown);
      } else if (id !== undefined) {
        if (pending !== undefined) ids.push(pending);
        pending = undefined;
        ids.push(id);
      }
    }
    if (pending !== undefined) ids.push(pending);
    return ids;
  };
}

function byteIds(piece: string, vocabulary: Vocabulary): number[] | undefined {
  const ids: number[] = [];
  for (const byte of new TextEncoder().encode(piece)) {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return ids;
}

function unknownId(part: JsonPart, vocabulary: Vocabulary, piece: string): number {
  const id = vocabulary.get(piece);
  if (id !== undefined) return id;
  throw new TokenizerError(
    'invalid-file',
    `${part.path}.unk_token`,
    `a text has letters that are not in the vocabulary, nor is ${shown(piece)}, which stands for them.`,
  );
}
