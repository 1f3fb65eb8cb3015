import type { MissingWords, Origin, RawColumn, RawTable } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { InputColumn, InputSchema, TableInput } from '../../schema/input-schema.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { listed } from '../listed.js';
import { refuseOtherKind } from '../other-kind.js';
import { addToIds, RowIds } from '../row-hash.js';
import type { ColumnSummary, EncodedRows, EncodeOptions, RowIndex, Rows } from '../rows.js';
import type { TableLabel } from './choose-label.js';
import type { ColumnPlan } from './column-plan.js';
import type { ColumnEncoder } from './encode-columns.js';
import { columnEncoder } from './encode-columns.js';
import { fitColumn } from './fit-columns.js';

/** What {@link TableRows} are made of. */
export interface TableParts {
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly table: RawTable;
  readonly missing: MissingWords;
  /** In place of and beside the usual words for "no value", as they were stated. */
  readonly missingWords: Pick<TableInput, 'missingWords' | 'missingValues'>;
  /** Of the features, in the order of the file. */
  readonly plans: readonly ColumnPlan[];
  /** Neighbouring features that are one category, one-hot, by the name of the first. */
  readonly groups: ReadonlyMap<string, number>;
  readonly label?: TableLabel;
  readonly parts?: Uint8Array;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
}

/** Rows of a table: numbers, categories, dates and texts by the names of their columns. */
export class TableRows implements Rows {
  readonly kind = 'table';
  readonly name: string;
  readonly origin: Origin;
  readonly licence?: string;
  readonly rowCount: number;
  readonly columns: readonly ColumnSummary[];
  readonly output?: OutputColumn;
  readonly notes: readonly string[];
  readonly #parts: TableParts;
  readonly #byName: ReadonlyMap<string, RawColumn>;
  #index: RowIndex | undefined;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.origin = parts.origin;
    if (parts.licence !== undefined) this.licence = parts.licence;
    this.rowCount = parts.table.rowCount;
    this.columns = parts.columns;
    if (parts.label !== undefined) this.output = parts.label.output;
    this.notes = parts.notes;
    this.#byName = new Map(parts.table.columns.map((column) => [column.name, column]));
  }

  async index(signal?: AbortSignal): Promise<RowIndex> {
    if (this.#index !== undefined) return this.#index;
    const { rowCount, label, plans, missing, parts } = { ...this.#parts, rowCount: this.rowCount };
    const ids = new RowIds(rowCount);
    for (const { column } of plans) {
      signal?.throwIfAborted();
      addToIds(ids, column, missing);
    }
    this.#index = {
      rowCount,
      ids: ids.finish(),
      ...(label ? { outputs: label.values } : {}),
      ...(parts ? { parts } : {}),
    };
    return this.#index;
  }

  async fitInput(rows: ArrayLike<number>, signal?: AbortSignal): Promise<InputSchema> {
    const { plans, missing, groups, missingWords } = this.#parts;
    const columns: InputColumn[] = [];
    for (let at = 0; at < plans.length; at++) {
      signal?.throwIfAborted();
      const plan = plans[at] as ColumnPlan;
      const groupSize = groups.get(plan.column.name);
      if (groupSize === undefined) {
        columns.push(fitColumn(plan, rows, missing));
        continue;
      }
      const names = plans.slice(at, at + groupSize).map(({ column }) => column.name);
      const last = columns.at(-1);
      if (last?.type === 'one-hot' && last.groupSize === groupSize)
        columns[columns.length - 1] = { ...last, names: [...last.names, ...names] };
      else columns.push({ type: 'one-hot', names, groupSize });
      at += groupSize - 1;
    }
    return { kind: 'table', columns, ...missingWords };
  }

  async *encode(
    input: InputSchema,
    options: EncodeOptions = {},
  ): AsyncGenerator<EncodedRows, void, undefined> {
    const rows = options.rows ?? Uint32Array.from({ length: this.rowCount }, (_, row) => row);
    const blockRows = options.blockRows ?? 1024;
    const encoders = this.#encodersOf(input);
    this.#checkUnknown(encoders, rows, options);
    const width = encoders.reduce((sum, { size }) => sum + size, 0);
    for (let start = 0; start < rows.length; start += blockRows) {
      options.signal?.throwIfAborted();
      yield this.#block(encoders, width, rows, start, Math.min(rows.length, start + blockRows));
    }
  }

  #block(
    encoders: readonly ColumnEncoder[],
    width: number,
    rows: ArrayLike<number>,
    start: number,
    end: number,
  ): EncodedRows {
    const rowCount = end - start;
    const features = new Float32Array(rowCount * width);
    const known = new Uint8Array(rowCount * width).fill(1);
    const block = { features, known, width };
    let isWhole = true;
    let at = 0;
    for (const encoder of encoders) {
      for (let row = 0; row < rowCount; row++) {
        if (!encoder.encode(rows[start + row] as number, row * width + at, block)) isWhole = false;
      }
      at += encoder.size;
    }
    const values = this.#parts.label?.values;
    const outputs =
      values &&
      Float64Array.from({ length: rowCount }, (_, row) => values[rows[start + row] as number] as number);
    return { rowCount, features, ...(outputs ? { outputs } : {}), ...(isWhole ? {} : { known }) };
  }

  #encodersOf(input: InputSchema): ColumnEncoder[] {
    const { name, missing } = this.#parts;
    if (input.kind !== 'table') {
      throw refuseOtherKind(name, input.kind, 'table');
    }
    const names = input.columns.flatMap((column) =>
      column.type === 'one-hot' ? column.names : [column.name],
    );
    refuseAbsentColumns(names, [...this.#byName.keys()], name);
    return input.columns.map((column) =>
      columnEncoder(column, (wanted) => this.#byName.get(wanted) as RawColumn, missing),
    );
  }

  #checkUnknown(
    encoders: readonly ColumnEncoder[],
    rows: ArrayLike<number>,
    { unknown = 'error', onNote }: EncodeOptions,
  ): void {
    const found = encoders.map((encoder) => encoder.unknown?.(rows)).filter((one) => one !== undefined);
    if (found.length === 0) return;
    const lines = found.map(
      ({ column, words, rowCount }) =>
        `${column}: ${rowCount} of ${rows.length} rows hold words the model has not learned (${listed(words)})`,
    );
    if (unknown === 'missing') {
      for (const line of lines) onNote?.(`${line}: they count as missing`);
      return;
    }
    throw new TransferError(
      'unknown-value',
      `${this.name}: ${lines.join('; ')}. Correct them, or count them as missing with option unknown (missing).`,
      { file: this.name },
    );
  }
}

/** @throws TransferError `no-column` that names what is not there */
export function refuseAbsentColumns(wanted: readonly string[], there: readonly string[], name: string): void {
  const known = new Set(there);
  const absent = wanted.filter((column) => !known.has(column));
  if (absent.length === 0) return;
  const twin = there.find((column) => column.trim().toLowerCase() === absent[0]?.trim().toLowerCase());
  const hint = twin === undefined ? '' : ` Is "${twin}" meant? Names must be equal to the letter.`;
  const lack = absent.length === wanted.length ? 'have none of them' : `lack ${listed(absent)}`;
  throw new TransferError(
    'no-column',
    `${name}: the model learned from the columns ${listed(wanted, 12)}; the rows ${lack}, they have ${listed(there, 12)}.${hint}`,
    { file: name },
  );
}
