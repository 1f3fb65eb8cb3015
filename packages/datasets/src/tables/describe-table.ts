import { DatasetError } from '../errors.js';
import type { CellReadOptions, CellSource } from './cells.js';
import { missingRule, usualMissingValues } from './cells.js';
import { ColumnScan } from './column-scan.js';
import type { Table, TableColumn } from './table.js';
import { columnsByUse, shownNames } from './table.js';
import type { TableOptions } from './table-options.js';

/**
 * Reads a table through once: which columns there are, of which type, with which classes, and what is missing.
 *
 * @throws RangeError for options that name columns which are not there; DatasetError for values that are not
 *   what was stated, and for missing ones under `missing: 'error'`
 */
export async function describeTable(
  cells: CellSource,
  options: TableOptions,
  reading: CellReadOptions,
): Promise<Table> {
  let { scans, rowCount } = await scanColumns(cells, options, reading, new Set());
  const again = scans.filter(({ mustReadAgain }) => mustReadAgain).map(({ column }) => column.name);
  if (again.length > 0) ({ scans, rowCount } = await scanColumns(cells, options, reading, new Set(again)));
  checkNames(scans, options, cells.caller);
  if (rowCount === 0)
    throw new DatasetError('malformed', `${cells.caller}: a table must have rows, got none.`);
  const columns = scans.map((scan) =>
    scan.finish(scan.column.name === options.label ? options.classNames : undefined),
  );
  checkClassNames(columns, options.classNames, cells.caller);
  const table = { rowCount, columns };
  if ((options.missing ?? 'error') === 'error') refuseMissing(table, scans, cells.caller);
  return table;
}

async function scanColumns(
  cells: CellSource,
  { label, target, types = {}, missingValues }: TableOptions,
  reading: CellReadOptions,
  asWords: ReadonlySet<string>,
): Promise<{ scans: ColumnScan[]; rowCount: number }> {
  const scans: ColumnScan[] = [];
  const isMissing = missingRule(missingValues ?? usualMissingValues);
  let rowCount = 0;
  for await (const block of cells.read(reading)) {
    for (const name of block.names.slice(scans.length)) {
      const role = name === label ? 'label' : name === target ? 'target' : 'feature';
      const stated = Object.hasOwn(types, name) ? types[name] : undefined;
      const scan = new ColumnScan({ name, role, stated, asWords: asWords.has(name), caller: cells.caller });
      if (rowCount > 0) scan.addMissing({ file: block.file, record: 1 }, rowCount);
      scans.push(scan);
    }
    for (const [at, scan] of scans.entries()) scan.add(block, at, isMissing);
    rowCount += block.rows.length;
  }
  return { scans, rowCount };
}

function checkNames(
  scans: readonly ColumnScan[],
  { label, target, types = {} }: TableOptions,
  caller: string,
): void {
  const known = scans.map(({ column }) => column.name);
  const asked = [...(label === undefined ? [] : [label]), ...(target === undefined ? [] : [target])];
  const unknown = [...asked, ...Object.keys(types)].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `${caller}: the columns are ${shownNames(known)}, got ${JSON.stringify(unknown)} in the options.`,
    );
  }
}

function checkClassNames(
  columns: readonly TableColumn[],
  classNames: readonly string[] | undefined,
  caller: string,
): void {
  if (classNames === undefined) return;
  const isSet = classNames.length > 0 && new Set(classNames).size === classNames.length;
  if (!isSet || !columns.some(({ role }) => role === 'label')) {
    throw new RangeError(`${caller}: classNames must be different names for the values of label.`);
  }
}

function refuseMissing(table: Table, scans: readonly ColumnScan[], caller: string): void {
  const { numbers, categories, label, target } = columnsByUse(table);
  const read = [...numbers, ...categories, label, target].filter((column) => column !== undefined);
  const lacking = read.filter(({ missing }) => missing > 0);
  const [first] = lacking;
  if (first === undefined) return;
  const others = lacking.length === 1 ? '' : ` (and ${lacking.length - 1} more columns)`;
  throw new DatasetError(
    'malformed',
    `${caller}: every row must have a value, column ${JSON.stringify(first.name)}${others} lacks ${first.missing} of ${table.rowCount}. Pass missing: 'mean', 'drop' or 'nan', or types: { …: 'ignore' }.`,
    scans.find(({ column }) => column.name === first.name)?.firstMissing,
  );
}
