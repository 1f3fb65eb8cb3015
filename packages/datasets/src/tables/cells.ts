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

/** A table's cells, read any number of times. */
export interface CellSource {
  /** The function a person called, for messages. */
  readonly caller: string;
  /** Files and settings: what a state of a pass belongs to. */
  readonly fingerprint: string;
  readonly sizeBytes: number | undefined;
  read(options: CellReadOptions): AsyncIterable<CellBlock>;
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
  const words = new Set(missingValues);
  const longest = missingValues.reduce((most, word) => Math.max(most, word.length), 0);
  return (cell) => {
    if (cell === null || cell === undefined) return true;
    if (typeof cell === 'number') return Number.isNaN(cell);
    if (cell.length > longest + 2) return false;
    const code = cell.charCodeAt(0);
    if (code >= 48 && code <= 57) return words.has(cell);
    return words.has(cell.trim());
  };
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** @internal A cell as a number; undefined if it is none. */
export function numberOf(cell: Cell): number | undefined {
  if (typeof cell === 'number') return cell;
  if (cell === null) return undefined;
  const text = cell.trim();
  return decimal.test(text) ? Number(text) : undefined;
}

/**
 * @internal Whether a number may be meant as one: `0012` and integers too long for a double are names
 * (postcodes, ids), which numbers would spoil.
 */
export function keepsItsValue(cell: Cell, value: number): boolean {
  if (typeof cell === 'number') return true;
  const text = (cell ?? '').trim();
  if (/^[+-]?0\d/.test(text)) return false;
  return Number.isFinite(value) && (/[.e]/i.test(text) || Number.isSafeInteger(value));
}
