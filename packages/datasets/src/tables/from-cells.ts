import type { Columns } from '../columns.js';
import { Dataset } from '../dataset.js';
import { streamSource } from '../stages/stream.js';
import type { CellSource } from './cells.js';
import type { CsvOptions } from './csv-header.js';
import { describeTable } from './describe-table.js';
import { describeNumbers, numberBatches } from './number-cells.js';
import type { Table } from './table.js';
import { columnsByUse } from './table.js';
import type { TableOptions } from './table-options.js';
import { TableRows } from './table-rows.js';
import { tableSchema } from './table-schema.js';

const memoryBytes = 64 * 2 ** 20;

/**
 * What `fromCsv` and its sisters give. `label` and `target` are there where the options name them, `features` where the
 * table has columns of numbers; other columns stand under their own names.
 */
export type TableDatasetColumns<O extends TableOptions = TableOptions> = Columns & {
  features: NumbersOf<O>;
  label: Int32Array;
  target: NumbersOf<O>;
};

type NumbersOf<O extends TableOptions> = O extends { readonly dtype: 'float64' }
  ? Float64Array
  : Float32Array;

/** A data set from a table, and how its columns were read. */
export type TableDataset<O extends TableOptions = TableOptions> = Dataset<TableDatasetColumns<O>> & {
  readonly table: Table;
};

/** A data set from any table of cells: read through once to know its columns, then as rows are asked for. */
export async function fromCells<O extends TableOptions>(
  cells: CellSource,
  options: O,
): Promise<TableDataset<O>> {
  checkOptions(options, cells.caller);
  const { limits = {}, onEvent = () => {}, signal } = options;
  const reading = { limits, onEvent, signal };
  const numbers = options.table === undefined ? await describeNumbers(cells, options, reading) : undefined;
  const table =
    options.table === undefined
      ? (numbers ?? (await describeTable(cells, options, reading)))
      : await withoutAbsentAnswers(options.table, cells, options);
  const schema = tableSchema(table, options, cells.caller);
  const rows = new TableRows(table, schema, options, cells.caller);
  const isWhole = options.table === undefined && options.missing !== 'drop';
  const source = streamSource({
    schema,
    rowCount: isWhole ? table.rowCount : undefined,
    fingerprint: [
      'table',
      cells.fingerprint,
      options.missing ?? 'error',
      table.columns.map(({ mean }) => mean ?? null),
    ],
    async *read() {
      if (numbers !== undefined && cells.numbers !== undefined) {
        yield* numberBatches(cells.numbers(reading), table, schema);
        return;
      }
      for await (const block of cells.read(reading)) {
        const batch = rows.batch(block);
        if (batch.rowCount > 0) yield batch;
      }
    },
  });
  if (options.table === undefined) reportMissing(table, options, cells.caller);
  const dataset = new Dataset<Columns>(source, { origin: options.origin ?? 'official', table });
  const inMemory = !(options.stream ?? (cells.sizeBytes === undefined || cells.sizeBytes > memoryBytes));
  const read = inMemory ? await dataset.cache(signal ? { signal } : {}) : dataset;
  return read as unknown as TableDataset<O>; // the schema follows from the options, and the table was given
}

const optionNames: { readonly [Name in keyof Required<CsvOptions>]: true } = {
  label: true,
  classNames: true,
  target: true,
  types: true,
  table: true,
  missing: true,
  missingValues: true,
  categories: true,
  dtype: true,
  stream: true,
  origin: true,
  limits: true,
  onEvent: true,
  signal: true,
  delimiter: true,
  quote: true,
  encoding: true,
  header: true,
  columnNames: true,
};

/** A name that is no option, or a word that is none of its choices, would be passed over in silence. */
function checkOptions(options: TableOptions, caller: string): void {
  const { types = {}, missing, categories, label, target } = options;
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionNames, name));
  if (unknown !== undefined) {
    const known = Object.keys(optionNames).join(', ');
    throw new TypeError(`${caller}: the options are ${known}, got "${unknown}".`);
  }
  const check = (name: string, word: string | undefined, known: readonly string[]) => {
    if (word === undefined || known.includes(word)) return;
    throw new RangeError(
      `${caller}: ${name} must be one of ${known.join(', ')}, got ${JSON.stringify(word)}.`,
    );
  };
  for (const [name, type] of Object.entries(types))
    check(`the type of ${JSON.stringify(name)}`, type, ['number', 'category', 'text', 'ignore']);
  check('missing', missing, ['error', 'drop', 'mean', 'nan']);
  check('categories', categories, ['index', 'one-hot']);
  if (label !== undefined && label === target)
    throw new RangeError(
      `${caller}: label and target must be different columns, got ${JSON.stringify(label)} for both.`,
    );
}

/** Rows to predict have no label or target yet: what the file lacks of them is not read. */
async function withoutAbsentAnswers(table: Table, cells: CellSource, options: TableOptions): Promise<Table> {
  const { limits = {}, signal } = options;
  for await (const { names } of cells.read({ limits, onEvent: () => {}, signal })) {
    return {
      ...table,
      columns: table.columns.filter(({ role, name }) => role === 'feature' || names.includes(name)),
    };
  }
  return table;
}

function reportMissing(table: Table, options: TableOptions, caller: string): void {
  const { numbers, categories, label, target } = columnsByUse(table);
  const lacking = [...numbers, ...categories, label, target].filter((column) => (column?.missing ?? 0) > 0);
  const unread = table.columns.filter(({ type, stated }) => type === 'ignore' && !stated);
  for (const column of lacking) {
    const message = `${caller}: column ${JSON.stringify(column?.name)} lacks ${column?.missing} of ${table.rowCount} values; missing: '${options.missing}'.`;
    options.onEvent?.({ type: 'warning', code: 'missing-values', message });
  }
  for (const { name } of unread) {
    const message = `${caller}: column ${JSON.stringify(name)} has no value in any row and is not read.`;
    options.onEvent?.({ type: 'warning', code: 'missing-values', message });
  }
}
