import { DatasetError } from '../errors.js';
import type { NumberStyle } from './number-style.js';
import { plainStyle, styledNumber } from './number-style.js';
import { RawColumn } from './raw-column.js';

/** Columns filled from values that have a type already: of JSON, Parquet and spreadsheets. */
export class ValueColumns {
  readonly #byName = new Map<string, RawColumn>();
  readonly #wanted: (name: string) => boolean;
  readonly #style: NumberStyle;
  readonly #skipped = new Set<string>();
  rowCount = 0;

  constructor(wanted: (name: string) => boolean, style: NumberStyle = plainStyle) {
    this.#wanted = wanted;
    this.#style = style;
  }

  get columns(): RawColumn[] {
    return [...this.#byName.values()];
  }

  get names(): string[] {
    return [...this.#byName.keys(), ...this.#skipped];
  }

  /** Columns that are there even if no row has a value in them. */
  declare(names: readonly string[]): void {
    for (const name of names) this.#columnOf(name);
  }

  /** One row by the names of its columns. @throws DatasetError `malformed` for anything but an object */
  addRecord(record: unknown, file: string): void {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      const shown = (JSON.stringify(record) ?? String(record)).slice(0, 40);
      const message = `readTable: every row must be an object of columns, got ${shown}.`;
      throw new DatasetError('malformed', message, { file, record: this.rowCount + 1 });
    }
    for (const [name, value] of Object.entries(record)) this.#set(name, value);
    this.rowCount++;
  }

  addRow(names: readonly string[], values: readonly unknown[]): void {
    for (const [at, name] of names.entries()) this.#set(name, values[at]);
    this.rowCount++;
  }

  #columnOf(name: string): RawColumn | undefined {
    const found = this.#byName.get(name);
    if (found !== undefined || this.#skipped.has(name)) return found;
    if (!this.#wanted(name)) {
      this.#skipped.add(name);
      return undefined;
    }
    const column = new RawColumn(name);
    this.#byName.set(name, column);
    return column;
  }

  #set(name: string, value: unknown): void {
    const column = this.#columnOf(name);
    if (column === undefined) return;
    if (typeof value === 'number' && Number.isFinite(value)) {
      column.setNumber(this.rowCount, value);
      return;
    }
    const word = wordOf(value).trim();
    if (word === '') return;
    const number = typeof value === 'string' ? styledNumber(word, this.#style) : undefined;
    if (number === undefined) column.setWord(this.rowCount, word);
    else column.setNumber(this.rowCount, number);
  }
}

/** Integers past 2^53 are words: as numbers they would be others. */
function wordOf(value: unknown): string {
  if (value === null || value === undefined || value instanceof Uint8Array) return '';
  if (typeof value === 'number') return Number.isNaN(value) ? '' : value > 0 ? 'inf' : '-inf';
  if (value instanceof Date) return isoOf(value);
  if (typeof value !== 'object') return String(value);
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

function isoOf(date: Date): string {
  if (Number.isNaN(date.getTime())) return '';
  const text = date.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}
