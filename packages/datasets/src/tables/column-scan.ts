import type { DataPlace } from '../errors.js';
import { DatasetError } from '../errors.js';
import type { Cell, CellBlock } from './cells.js';
import { meantNumber, numberOf } from './cells.js';
import type { ColumnType, TableColumn } from './table.js';

/** More distinct values than this, and a column of words is text. */
const mostCategories = 1000;
/** More, and a label is no label. */
const mostClasses = 10_000;

/** What a column is to be, before it is read. */
export interface ScannedColumn {
  readonly name: string;
  readonly caller: string;
  readonly role: TableColumn['role'];
  readonly stated: ColumnType | undefined;
  /** Whether its values count as words even while they are numbers. */
  readonly asWords: boolean;
}

/** What is learned of one column on the first pass. */
export class ColumnScan {
  readonly column: ScannedColumn;
  #words: Set<string> | undefined = new Set();
  readonly #mostWords: number;
  readonly #asWords: boolean;
  #last: Cell | undefined;
  missing = 0;
  firstMissing: DataPlace | undefined;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** The first value that is no number, and how many came before it. */
  #word: { readonly cell: Cell; readonly place: DataPlace; readonly before: number } | undefined;

  constructor(column: ScannedColumn) {
    this.column = column;
    const { role, stated } = column;
    this.#asWords = column.asWords || role === 'label' || stated === 'category';
    this.#mostWords = role === 'label' || stated === 'category' ? mostClasses : mostCategories;
    if (role === 'target' || stated === 'number' || stated === 'text') this.#words = undefined;
  }

  /** Whether numbers were passed over before words came: then the words must be gathered from the start. */
  get mustReadAgain(): boolean {
    return !this.#asWords && this.#words !== undefined && (this.#word?.before ?? 0) > 0;
  }

  addMissing(place: DataPlace, count = 1): void {
    this.missing += count;
    this.firstMissing ??= place;
  }

  /** The column's cells in a block. */
  add({ rows, file, record }: CellBlock, at: number, isMissing: (cell: Cell | undefined) => boolean): void {
    const isNumber = this.column.stated === 'number' ? numberOf : meantNumber;
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row]?.[at];
      if (cell === null || cell === undefined || isMissing(cell)) {
        this.addMissing({ file, record: record + row });
        continue;
      }
      this.#count++;
      const value = isNumber(cell);
      if (value === undefined)
        this.#word ??= { cell, place: { file, record: record + row }, before: this.#count - 1 };
      else this.#addNumber(value);
      if (this.#words !== undefined && (this.#asWords || this.#word !== undefined)) this.#addWord(cell);
    }
  }

  #addNumber(value: number): void {
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  #addWord(cell: Exclude<Cell, null>): void {
    if (cell === this.#last) return;
    this.#last = cell;
    this.#words?.add(typeof cell === 'number' ? String(cell) : cell.trim());
    if ((this.#words?.size ?? 0) > this.#mostWords) this.#words = undefined;
  }

  /** @throws DatasetError `malformed` if the values are not what was stated */
  finish(classNames: readonly string[] | undefined): TableColumn {
    const { name, role, stated } = this.column;
    const type = this.#type();
    const column = { name, type, role, stated: stated !== undefined, missing: this.missing };
    if (type === 'category') return { ...column, classNames: classNames ?? this.#classes() };
    if (type !== 'number') return column;
    if (this.#word !== undefined) this.#refuseWord(this.#word);
    if (this.#count === 0) return column;
    return { ...column, mean: this.#sum / this.#count, min: this.#min, max: this.#max };
  }

  #type(): ColumnType {
    const { role, stated } = this.column;
    if (role === 'label') return 'category';
    if (role === 'target') return 'number';
    if (stated !== undefined) return stated;
    if (this.#count === 0) return 'ignore';
    if (this.#word === undefined) return 'number';
    const distinct = this.#words?.size;
    return distinct !== undefined && distinct * 2 <= this.#count ? 'category' : 'text';
  }

  #refuseWord({ cell, place }: { readonly cell: Cell; readonly place: DataPlace }): never {
    const { caller, name } = this.column;
    const shown = JSON.stringify(String(cell).slice(0, 40));
    const message = `${caller}: column ${JSON.stringify(name)} must hold numbers, got ${shown}. State another type for it, or add the word to missingValues.`;
    throw new DatasetError('malformed', message, place);
  }

  /** Numbers in their shortest form, so that `1` and `1.0` are one class. */
  #classes(): string[] {
    const { caller, name, role } = this.column;
    if (this.#words === undefined) {
      const way = role === 'label' ? 'Is it a number to predict (target)?' : 'State the type text for it.';
      const message = `${caller}: column ${JSON.stringify(name)} may have at most ${mostClasses} classes, got more. ${way}`;
      throw new DatasetError('limit', message);
    }
    const words = [...this.#words];
    return (this.#word === undefined ? [...new Set(words.map(shortestNumber))] : words).sort(byValue);
  }
}

/** @internal */
export function shortestNumber(word: string): string {
  return String(meantNumber(word) ?? word);
}

/** Numbers by size, before words by code unit. */
function byValue(a: string, b: string): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined && x !== y) return x - y;
  if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
