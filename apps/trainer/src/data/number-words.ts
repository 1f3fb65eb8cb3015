import type { Columns, Dataset, Table, TableColumn, TableOptions } from '@warmstart/datasets';
import { DataError } from './data-error.js';

/** Reads the table's columns as it is told. */
export type ReadTable = (options: TableOptions) => Promise<Dataset<Columns>>;

/** A column that is mostly numbers was meant to be one. */
const mostlyNumbers = 0.8;
const number = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

/**
 * Looks for a few words in columns of numbers: a slip of the pen would otherwise make texts or classes of the whole
 * column.
 *
 * @param isMissing - whether a cell stands for no value
 * @throws DataError naming the row, the column and the word
 */
export async function refuseNumberWords(
  table: Table,
  columns: readonly TableColumn[],
  { read, isMissing, path }: { read: ReadTable; isMissing: (cell: string) => boolean; path: string },
): Promise<void> {
  const asked = columns.filter((column) => column.type === 'text' || hasNumbers(column));
  if (asked.length === 0) return;
  const names = new Set(asked.map(({ name }) => name));
  const types = Object.fromEntries(
    table.columns.map(({ name }) => [name, names.has(name) ? ('text' as const) : ('ignore' as const)]),
  );
  const rows = await (await read({ types })).collect();
  for (const { name } of asked) {
    const cells = rows.columns[name] as string[]; // read as text
    const words = cells.flatMap((cell, row) => (number.test(cell) || isMissing(cell) ? [] : [{ cell, row }]));
    const known = cells.filter((cell) => !isMissing(cell)).length;
    const [first] = words;
    if (!first || known - words.length < mostlyNumbers * known) continue;
    const shown = JSON.stringify(first.cell.trim().slice(0, 40));
    const more = words.length > 1 ? ` and ${words.length - 1} more` : '';
    throw new DataError(
      'word-among-numbers',
      `${path}: column "${name}" holds numbers in ${known - words.length} of ${known} rows, but ${shown} in row ${first.row + 1}${more}. ` +
        `Correct the file; or, if the word means that nothing is known, say so with --missing ${shown}; or leave the column out with --ignore ${name}.`,
      path,
    );
  }
}

function hasNumbers({ type, classNames = [] }: TableColumn): boolean {
  if (type !== 'category') return false;
  const numbers = classNames.filter((name) => number.test(name)).length;
  return numbers >= 3 && numbers < classNames.length;
}
