import type { DataEvent } from '../events.js';
import type { Limits } from '../limits.js';

/** One value of a table as its file has it; null where the format itself says there is none. */
export type Cell = string | number | null;

/** Some rows of a table; a row that is shorter than `names` lacks its last cells. */
export interface CellBlock {
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly file: string;
  /** Of the first row, in its file. */
  readonly record: number;
}

/** Rows of a table in which every cell is a number. */
export interface NumberBlock {
  readonly names: readonly string[];
  readonly rowCount: number;
  /** [rowCount, names] */
  readonly values: Float64Array;
}

/** A table's cells, read any number of times. */
export interface CellSource {
  /** The function a person called, for messages. */
  readonly caller: string;
  /** Files and settings: what a state of a pass belongs to. */
  readonly fingerprint: string;
  readonly sizeBytes: number | undefined;
  read(options: CellReadOptions): AsyncIterable<CellBlock>;
  /** The same, where the format can tell numbers straight from bytes; a DatasetError at the first cell that is none. */
  readonly numbers?: (options: CellReadOptions) => AsyncIterable<NumberBlock>;
}

export interface CellReadOptions {
  readonly limits: Partial<Limits>;
  readonly onEvent: (event: DataEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** What means "no value" in columns of numbers, categories, labels and targets; text is kept as it is. */
export const usualMissingValues: readonly string[] = [
  '',
  '?',
  'NA',
  'N/A',
  '#N/A',
  '<NA>',
  'NaN',
  'nan',
  'NULL',
  'null',
  'None',
];

/** @internal Whether a cell holds no value. */
export function missingRule(missingValues: readonly string[]): (cell: Cell | undefined) => boolean {
  const words = new Set(missingValues.map((word) => word.trim()));
  const longest = missingValues.reduce((most, word) => Math.max(most, word.length), 0);
  const numbersToo = missingValues.some((word) => /^\s*[\d.+-]/.test(word));
  return (cell) => {
    if (cell === null || cell === undefined) return true;
    if (typeof cell === 'number') return Number.isNaN(cell) || (numbersToo && words.has(String(cell)));
    if (!numbersToo && cell.charCodeAt(0) <= 57 && cell.charCodeAt(0) >= 48) return false;
    return (cell.length <= longest || /\s/.test(cell)) && words.has(cell.trim());
  };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);

/** @internal A cell as a number; undefined if it is none. */
export function numberOf(cell: Cell): number | undefined {
  if (typeof cell === 'number') return cell;
  if (cell === null) return undefined;
  const plain = plainNumber(cell);
  if (!Number.isNaN(plain)) return plain;
  const text = cell.trim();
  return decimal.test(text) ? Number(text) : undefined;
}

/**
 * Digits, at most 15, and a point among them: integer and power of ten are exact, so is their quotient.
 * NaN for all else, and for numbers that begin with a needless 0.
 */
function plainNumber(text: string): number {
  const { length } = text;
  const start = text.charCodeAt(0) === 45 ? 1 : 0;
  if (length - start > 16 || length === start) return Number.NaN;
  let mantissa = 0;
  let point = -1;
  for (let at = start; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) mantissa = mantissa * 10 + (code - 48);
    else if (code === 46 && point < 0 && at > start) point = at;
    else return Number.NaN;
  }
  const digits = length - start - (point < 0 ? 0 : 1);
  if (digits > 15 || (digits > 1 && text.charCodeAt(start) === 48 && point !== start + 1)) return Number.NaN;
  const size = point < 0 ? mantissa : mantissa / (powersOfTen[length - point - 1] as number);
  return start === 1 ? -size : size;
}

/**
 * @internal A cell as a number if it may be meant as one: `0012` and integers too long for a double are names
 * (postcodes, ids), which numbers would spoil.
 */
export function meantNumber(cell: Cell): number | undefined {
  if (typeof cell === 'number') return cell;
  if (cell === null) return undefined;
  const plain = plainNumber(cell);
  if (!Number.isNaN(plain)) return plain;
  const value = numberOf(cell);
  const text = cell.trim();
  if (value === undefined || /^[+-]?0\d/.test(text) || !Number.isFinite(value)) return undefined;
  return /[.e]/i.test(text) || Number.isSafeInteger(value) ? value : undefined;
}
