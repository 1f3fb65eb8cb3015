import { DatasetError } from '../errors.js';

export type PartOfSpeech = 'n' | 'v' | 'a' | 's' | 'r';

export interface SynsetPointer {
  /** As WordNet writes it: `@` kind of, `~` kinds, `!` opposite, `%p` part … */
  readonly symbol: string;
  readonly offset: number;
  readonly partOfSpeech: PartOfSpeech;
  /** Word numbers from 1 within source and target; 0 means the whole synset. */
  readonly source: number;
  readonly target: number;
}

/** A set of words that share a meaning. */
export interface Synset {
  readonly offset: number;
  readonly lexicographerFile: number;
  readonly partOfSpeech: PartOfSpeech;
  /** Underscores for blanks; adjectives without their `(a)`, `(p)`, `(ip)` markers. */
  readonly words: readonly string[];
  readonly pointers: readonly SynsetPointer[];
  /** Sentence frames of verbs: frame number, and word number or 0 for all. */
  readonly frames: readonly { readonly frame: number; readonly word: number }[];
  readonly gloss: string;
}

/**
 * One line of a WordNet data file.
 *
 * @param place.byte - of the line's start, which must be the offset it names
 * @throws DatasetError `malformed`
 * @see wndb(5WN), WordNet 3.0 manual
 */
export function parseSynset(line: string, place: { file: string; record: number; byte: number }): Synset {
  const fail = (what: string): never => {
    throw new DatasetError(
      'malformed',
      `readSynset: ${what}, got ${JSON.stringify(line.slice(0, 60))}.`,
      place,
    );
  };
  const bar = line.indexOf(' | ');
  const fields = (bar < 0 ? line : line.slice(0, bar)).trim().split(/\s+/);
  let at = 0;
  const take: TakeField = (pattern, what) => {
    const field = fields[at++];
    return field !== undefined && pattern.test(field)
      ? field
      : fail(`a line must have ${what} as field ${at}`);
  };
  const offset = Number(take(/^\d{8}$/, 'an offset of 8 digits'));
  if (offset !== place.byte) fail(`a synset must stand at the byte it names, here ${place.byte}`);
  const lexicographerFile = Number(take(/^\d{2}$/, 'a file number'));
  const partOfSpeech = take(/^[nvasr]$/, 'a part of speech') as PartOfSpeech; // the pattern's letters
  const words = takeWords(take);
  const pointers = takePointers(take);
  const frames = partOfSpeech === 'v' && at < fields.length ? takeFrames(take) : [];
  if (at !== fields.length) fail(`a line must end after its ${at} fields`);
  return {
    offset,
    lexicographerFile,
    partOfSpeech,
    words,
    pointers,
    frames,
    gloss: bar < 0 ? '' : line.slice(bar + 3).trim(),
  };
}

/** The next field of a line, which must look like the pattern. */
type TakeField = (pattern: RegExp, what: string) => string;

function takeWords(take: TakeField): Synset['words'] {
  const count = Number.parseInt(take(/^[0-9a-f]{2}$/i, 'a word count'), 16);
  return Array.from({ length: count }, () => {
    const word = take(/./, 'a word');
    take(/^[0-9a-f]{1,2}$/i, 'a sense number');
    return word.replace(/\((a|p|ip)\)$/, '');
  });
}

function takePointers(take: TakeField): Synset['pointers'] {
  return Array.from({ length: Number(take(/^\d{3}$/, 'a pointer count')) }, () => {
    const symbol = take(/^\S{1,2}$/, 'a pointer symbol');
    const offset = Number(take(/^\d{8}$/, 'a pointer’s offset'));
    const partOfSpeech = take(/^[nvasr]$/, 'a pointer’s part of speech') as PartOfSpeech; // the pattern's letters
    const ends = take(/^[0-9a-f]{4}$/i, 'a pointer’s ends');
    const end = (from: number) => Number.parseInt(ends.slice(from, from + 2), 16);
    return { symbol, offset, partOfSpeech, source: end(0), target: end(2) };
  });
}

function takeFrames(take: TakeField): Synset['frames'] {
  return Array.from({ length: Number(take(/^\d{2}$/, 'a frame count')) }, () => {
    take(/^\+$/, 'a plus');
    const frame = Number(take(/^\d{2}$/, 'a frame number'));
    return { frame, word: Number.parseInt(take(/^[0-9a-f]{2}$/i, 'a word number'), 16) };
  });
}
