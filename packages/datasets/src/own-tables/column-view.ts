import type { DateOrder } from './date-style.js';
import { dateOf, daysOfUnixTime } from './date-style.js';
import type { MissingWords } from './missing-words.js';
import { anyPaddedNumber } from './padded-number.js';
import type { RawColumn } from './raw-column.js';

/** A column read as numbers, row by row; NaN where it has no value. */
export interface NumberView {
  at(row: number): number;
  /** Words that are neither numbers nor say that there is no value. */
  readonly oddWords: readonly OddWord[];
}

/** A column read as words, row by row; −1 where it has no value. */
export interface WordView {
  /** Place in `words`. */
  at(row: number): number;
  /** Numbers come in when a row with them is asked for. */
  readonly words: readonly string[];
}

export interface OddWord {
  /** Its number in the column. */
  readonly number: number;
  readonly word: string;
}

/** A column of numbers. A word that is a number in another style counts as one. */
export function numberView(column: RawColumn, missing: MissingWords): NumberView {
  return viewOf(column, missing, anyPaddedNumber, (value) => value);
}

/** A column of dates as days since 1970-01-01; numbers are Unix time. */
export function dateView(column: RawColumn, missing: MissingWords, order: DateOrder): NumberView {
  return viewOf(
    column,
    missing,
    (word) => dateOf(word, order),
    (value) => daysOfUnixTime(value) ?? Number.NaN,
  );
}

function viewOf(
  column: RawColumn,
  missing: MissingWords,
  ofWord: (word: string) => number | undefined,
  ofNumber: (value: number) => number,
): NumberView {
  const { words } = column;
  if (words.length === 0 && !missing.hasNumbers)
    return { oddWords: [], at: (row) => ofNumber(column.number(row)) };
  const values = new Float64Array(words.length + 1).fill(Number.NaN);
  const oddWords: OddWord[] = [];
  words.forEach((word, index) => {
    if (missing.isAmongNumbers(word)) return;
    const value = ofWord(word);
    if (value === undefined) oddWords.push({ number: index + 1, word });
    else values[index + 1] = value;
  });
  const at = (row: number) => {
    const word = column.word(row);
    return word > 0 ? (values[word] as number) : ofNumber(column.number(row));
  };
  if (!missing.hasNumbers) return { oddWords, at };
  return {
    oddWords,
    at(row) {
      return missing.isNumber(column.number(row)) ? Number.NaN : at(row);
    },
  };
}

/** A column of words; a number is its shortest decimal, so that `1` and `1.0` are one word. */
export function wordView(column: RawColumn, missing: MissingWords): WordView {
  const words: string[] = [];
  const places = new Map<string, number>();
  const placeOf = (word: string) => {
    const known = places.get(word);
    if (known !== undefined) return known;
    places.set(word, words.length);
    return words.push(word) - 1;
  };
  const isFlag = column.words.every((word) => missing.isWord(word) || /^(?:true|false)$/i.test(word));
  const ofWord = new Int32Array(column.words.length + 1).fill(-1);
  column.words.forEach((word, index) => {
    if (!missing.isWord(word)) ofWord[index + 1] = placeOf(isFlag ? word.toLowerCase() : word);
  });
  const ofNumber = new Map<number, number>();
  const placeOfNumber = (value: number) => {
    const place = Number.isNaN(value) || missing.isNumber(value) ? -1 : placeOf(String(value));
    ofNumber.set(value, place);
    return place;
  };
  return {
    words,
    at(row) {
      const word = column.word(row);
      if (word > 0) return ofWord[word] as number;
      const value = column.number(row);
      return ofNumber.get(value) ?? placeOfNumber(value);
    },
  };
}

/** A cell as text, empty where it has no value. */
export function textAt(column: RawColumn, row: number): string {
  const word = column.word(row);
  if (word > 0) return column.words[word - 1] as string;
  const value = column.number(row);
  return Number.isNaN(value) ? '' : String(value);
}
