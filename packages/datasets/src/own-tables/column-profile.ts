import type { RawColumn } from './raw-column.js';

/** Numbers are told apart up to so many. */
export const mostDistinctNumbers = 10_000;

/** What one look at every row of a column finds. */
export interface ColumnProfile {
  readonly rowCount: number;
  /** Rows without number or word. */
  readonly empty: number;
  readonly numbers: number;
  readonly min: number;
  readonly max: number;
  /** The different numbers; undefined where there are more than {@link mostDistinctNumbers}. */
  readonly distinct: ReadonlySet<number> | undefined;
  readonly isWhole: boolean;
  /** Whether each row's number is the one before and 1. */
  readonly isCounting: boolean;
  /** Rows of each word, by its number; place 0 is not used. */
  readonly wordRows: Int32Array;
  /** The first row of each word, by its number. */
  readonly firstRow: Int32Array;
}

export function profileOf(column: RawColumn, rowCount: number): ColumnProfile {
  const wordRows = new Int32Array(column.words.length + 1);
  const firstRow = new Int32Array(column.words.length + 1);
  let distinct: Set<number> | undefined = new Set();
  let [empty, numbers] = [0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [isWhole, isCounting] = [true, true];
  let before = Number.NaN;
  for (let row = 0; row < rowCount; row++) {
    const word = column.word(row);
    if (word > 0) {
      if (wordRows[word] === 0) firstRow[word] = row;
      wordRows[word] = (wordRows[word] as number) + 1;
      isCounting = false;
      continue;
    }
    const value = column.number(row);
    if (Number.isNaN(value)) {
      empty++;
      isCounting = false;
      continue;
    }
    if (numbers++ > 0 && value !== before + 1) isCounting = false;
    before = value;
    if (value < min) min = value;
    if (value > max) max = value;
    if (isWhole && !Number.isInteger(value)) isWhole = false;
    if (distinct !== undefined && distinct.add(value).size > mostDistinctNumbers) distinct = undefined;
  }
  isCounting &&= numbers > 0;
  return { rowCount, empty, numbers, min, max, distinct, isWhole, isCounting, wordRows, firstRow };
}
