import type { Batch, ColumnData, Columns, Schema } from '../columns.js';
import { assembleBatch, gatherRows } from '../columns.js';
import { DatasetError } from '../errors.js';
import type { Cell, CellBlock } from './cells.js';
import { missingRule, numberOf, usualMissingValues } from './cells.js';
import { shortestNumber } from './column-scan.js';
import type { Table, TableColumn } from './table.js';
import { columnsByUse, shownNames } from './table.js';
import type { MissingPolicy, TableOptions } from './table-options.js';

type Numbers = Float32Array | Float64Array;

/** Places of class names; where all are numbers, `1.0` is found as `1`. */
interface Classes {
  readonly indexes: ReadonlyMap<string, number>;
  readonly areNumbers: boolean;
}

function classesOf(names: readonly string[]): Classes {
  return {
    indexes: new Map(names.map((name, index) => [name, index])),
    areNumbers: names.every((name) => numberOf(name) !== undefined),
  };
}

/** Turns blocks of cells into batches, column by column. */
export class TableRows {
  readonly #caller: string;
  readonly #schema: Schema;
  readonly #table: Table;
  readonly #policy: MissingPolicy;
  readonly #oneHot: boolean;
  readonly #isMissing: (cell: Cell | undefined) => boolean;
  readonly #classes = new Map<TableColumn, Classes>();

  constructor(table: Table, schema: Schema, options: TableOptions, caller: string) {
    this.#caller = caller;
    this.#table = table;
    this.#schema = schema;
    this.#policy = options.missing ?? 'error';
    this.#oneHot = options.categories === 'one-hot';
    this.#isMissing = missingRule(options.missingValues ?? usualMissingValues);
    for (const column of table.columns) {
      if (column.classNames !== undefined) this.#classes.set(column, classesOf(column.classNames));
    }
  }

  batch(block: CellBlock): Batch<Columns> {
    const reading = new BlockReading(block, {
      caller: this.#caller,
      policy: this.#policy,
      isMissing: this.#isMissing,
    });
    const { numbers, categories, texts, label, target } = columnsByUse(this.#table);
    const entries: [string, ColumnData][] = [];
    const { features, target: targetInfo } = this.#schema;
    const indexes = (column: TableColumn) =>
      reading.classes(column, this.#classes.get(column) ?? classesOf([]));
    const hot: [TableColumn, Int32Array][] = [];
    for (const column of categories) {
      const values = indexes(column);
      if (this.#oneHot) hot.push([column, values]);
      else entries.push([column.name, values]);
    }
    const width = features?.names?.length ?? 0;
    if (features !== undefined) {
      const values = room(features.dtype, block.rows.length * width);
      numbers.forEach((column, at) => {
        reading.numbers(column, values, at, width);
      });
      fillOneHot(values, hot, numbers.length, width);
      entries.push(['features', values]);
    }
    for (const { name } of texts) entries.push([name, reading.texts(name)]);
    if (label !== undefined) entries.push(['label', indexes(label)]);
    if (target !== undefined && targetInfo !== undefined) {
      const values = room(targetInfo.dtype, block.rows.length);
      reading.numbers({ ...target, mean: Number.NaN }, values, 0, 1);
      entries.push(['target', values]);
    }
    const batch = assembleBatch(this.#schema, Object.fromEntries(entries), block.rows.length);
    const kept = reading.kept();
    return kept === undefined ? batch : gatherRows(this.#schema, batch, kept);
  }
}

function room(dtype: string, length: number): Numbers {
  return dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
}

function fillOneHot(
  values: Numbers,
  columns: readonly [TableColumn, Int32Array][],
  start: number,
  width: number,
): void {
  let first = start;
  for (const [{ classNames = [] }, indexes] of columns) {
    for (let row = 0; row < indexes.length; row++) {
      const index = indexes[row] as number;
      if (index >= 0) values[row * width + first + index] = 1;
    }
    first += classNames.length;
  }
}

/** One block being read; remembers which rows lack a value. */
class BlockReading {
  readonly #caller: string;
  readonly #block: CellBlock;
  readonly #policy: MissingPolicy;
  readonly #isMissing: (cell: Cell | undefined) => boolean;
  #dropped: Set<number> | undefined;

  constructor(
    block: CellBlock,
    {
      caller,
      policy,
      isMissing,
    }: { caller: string; policy: MissingPolicy; isMissing: (cell: Cell | undefined) => boolean },
  ) {
    this.#caller = caller;
    this.#block = block;
    this.#policy = policy;
    this.#isMissing = isMissing;
  }

  numbers(column: TableColumn, into: Numbers, at: number, width: number): void {
    const { rows } = this.#block;
    const position = this.#position(column.name);
    const empty = this.#policy === 'mean' ? (column.mean ?? Number.NaN) : Number.NaN;
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row]?.[position];
      let value = empty;
      if (this.#isMissing(cell)) this.#lacking(column, row);
      else value = numberOf(cell as Cell) ?? this.#refuse(column, row, 'a number', cell);
      into[row * width + at] = value;
    }
  }

  classes(column: TableColumn, { indexes, areNumbers }: Classes): Int32Array {
    const { rows } = this.#block;
    const position = this.#position(column.name);
    const values = new Int32Array(rows.length).fill(-1);
    for (let row = 0; row < rows.length; row++) {
      const cell = rows[row]?.[position];
      if (this.#isMissing(cell)) {
        this.#lacking(column, row);
        continue;
      }
      const word = String(cell).trim();
      const index = indexes.get(word) ?? (areNumbers ? indexes.get(shortestNumber(word)) : undefined);
      // a word that was not there before is not a missing one
      values[row] = index ?? this.#refuse(column, row, `one of ${shownNames([...indexes.keys()])}`, cell);
    }
    return values;
  }

  texts(name: string): string[] {
    const position = this.#position(name);
    return this.#block.rows.map((row) => String(row[position] ?? ''));
  }

  /** The rows left, where some are left out. */
  kept(): Uint32Array | undefined {
    const dropped = this.#dropped;
    if (dropped === undefined) return undefined;
    return Uint32Array.from(this.#block.rows.keys()).filter((row) => !dropped.has(row));
  }

  #position(name: string): number {
    const at = this.#block.names.indexOf(name);
    if (at >= 0) return at;
    const { names, file } = this.#block;
    const message = `${this.#caller}: a column ${JSON.stringify(name)} is needed, got ${shownNames(names)}.`;
    throw new DatasetError('malformed', message, { file });
  }

  #lacking(column: TableColumn, row: number): void {
    if (this.#policy === 'error') this.#refuse(column, row, 'there', '');
    if (this.#policy !== 'drop') return;
    this.#dropped ??= new Set();
    this.#dropped.add(row);
  }

  #refuse(column: TableColumn, row: number, wanted: string, cell: Cell | undefined): never {
    const { file, record } = this.#block;
    const shown = JSON.stringify(String(cell ?? '').slice(0, 40));
    throw new DatasetError(
      'malformed',
      `${this.#caller}: column ${JSON.stringify(column.name)} must be ${wanted}, got ${shown}.`,
      { file, record: record + row },
    );
  }
}
