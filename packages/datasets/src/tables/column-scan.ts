import type { DataPlace } from '../errors.js';
import { DatasetError } from '../errors.js';
import type { Cell } from './cells.js';
import { keepsItsValue, numberOf } from './cells.js';
import type { ColumnType, TableColumn } from './table.js';

/** More distinct values than this, and a column of words is text. */
const mostCategories = 50;
/** More, and a label is no label. */
const mostClasses = 10_000;

/** What is learned of one column on the first pass. */
export class ColumnScan {
  readonly name: string;
  readonly #caller: string;
  readonly #role: TableColumn['role'];
  readonly #stated: ColumnType | undefined;
  #distinct: Set<string> | undefined = new Set();
  #distinctLimit: number;
  #missing = 0;
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  /** The first value that is no number. */
  #word: { readonly cell: Cell; readonly place: DataPlace } | undefined;
  #firstMissing: DataPlace | undefined;

  constructor(
    name: string,
    { caller, role, stated }: { caller: string; role: TableColumn['role']; stated: ColumnType | undefined },
  ) {
    this.name = name;
    this.#caller = caller;
    this.#role = role;
    this.#stated = stated;
    this.#distinctLimit = role === 'label' || stated === 'category' ? mostClasses : mostCategories;
    if (role === 'target' || stated === 'number' || stated === 'text') this.#distinct = undefined;
  }

  get missing(): number {
    return this.#missing;
  }

  get firstMissing(): DataPlace | undefined {
    return this.#firstMissing;
  }

  addMissing(place: DataPlace, count = 1): void {
    this.#missing += count;
    this.#firstMissing ??= place;
  }

  add(cell: Exclude<Cell, null>, file: string, record: number): void {
    this.#count++;
    if (this.#word === undefined) {
      const value = numberOf(cell);
      if (value === undefined || !(this.#stated === 'number' || keepsItsValue(cell, value))) {
        this.#word = { cell, place: { file, record } };
      } else {
        this.#sum += value;
        if (value < this.#min) this.#min = value;
        if (value > this.#max) this.#max = value;
      }
    }
    if (this.#distinct === undefined) return;
    this.#distinct.add(typeof cell === 'number' ? String(cell) : cell.trim());
    if (this.#distinct.size > this.#distinctLimit) this.#distinct = undefined;
  }

  /** @throws DatasetError `malformed` if the values are not what was stated */
  finish(classNames: readonly string[] | undefined): TableColumn {
    const type = this.#type();
    const column = {
      name: this.name,
      type,
      role: this.#role,
      stated: this.#stated !== undefined,
      missing: this.#missing,
    };
    if (type === 'category') return { ...column, classNames: classNames ?? this.#classes() };
    if (type !== 'number') return column;
    if (this.#word !== undefined) {
      const shown = JSON.stringify(String(this.#word.cell).slice(0, 40));
      const message = `${this.#caller}: column ${JSON.stringify(this.name)} must hold numbers, got ${shown}. State another type for it, or add the word to missingValues.`;
      throw new DatasetError('malformed', message, this.#word.place);
    }
    if (this.#count === 0) return column;
    return { ...column, mean: this.#sum / this.#count, min: this.#min, max: this.#max };
  }

  #type(): ColumnType {
    if (this.#role === 'label') return 'category';
    if (this.#role === 'target') return 'number';
    if (this.#stated !== undefined) return this.#stated;
    if (this.#count === 0) return 'ignore';
    if (this.#word === undefined) return 'number';
    const distinct = this.#distinct?.size;
    return distinct !== undefined && distinct * 2 <= this.#count ? 'category' : 'text';
  }

  #classes(): string[] {
    if (this.#distinct === undefined) {
      const way =
        this.#role === 'label' ? 'Is it a number to predict (target)?' : 'State the type text for it.';
      const message = `${this.#caller}: column ${JSON.stringify(this.name)} may have at most ${mostClasses} classes, got more. ${way}`;
      throw new DatasetError('limit', message);
    }
    return [...this.#distinct].sort(byValue);
  }
}

/** Numbers by size, before words by code unit. */
function byValue(a: string, b: string): number {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined && x !== y) return x - y;
  if ((x === undefined) !== (y === undefined)) return x === undefined ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
