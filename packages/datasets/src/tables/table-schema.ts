import type { ColumnInfo, Schema } from '../columns.js';
import type { Table, TableColumn } from './table.js';
import { columnsByUse } from './table.js';
import type { TableOptions } from './table-options.js';

/**
 * What batches of a table hold: `features` (its numbers, in file order, then one-hot categories if asked for),
 * `label`, `target`, and each other category and text under its own name.
 *
 * @throws RangeError if two columns would have the same name
 */
export function tableSchema(
  table: Table,
  { categories = 'index', dtype = 'float32' }: TableOptions,
  caller: string,
): Schema {
  const use = columnsByUse(table);
  const names = [
    ...use.numbers.map(({ name }) => name),
    ...(categories === 'one-hot' ? use.categories.flatMap(oneHotNames) : []),
  ];
  const entries: [string, ColumnInfo][] = [];
  if (names.length > 0) entries.push(['features', { dtype, shape: [names.length], names }]);
  const classes = ({ classNames = [] }: TableColumn): ColumnInfo => ({
    dtype: 'int32',
    shape: [],
    classNames,
  });
  if (categories === 'index')
    for (const column of use.categories) entries.push([column.name, classes(column)]);
  for (const { name } of use.texts) entries.push([name, { dtype: 'string', shape: [] }]);
  if (use.label !== undefined) entries.push(['label', classes(use.label)]);
  if (use.target !== undefined) entries.push(['target', { dtype, shape: [] }]);
  const taken = new Set<string>();
  for (const [name] of entries) {
    if (taken.has(name)) {
      throw new RangeError(
        `${caller}: ${JSON.stringify(name)} is what the rows' own ${name} is called, got a column of that name too. Rename it (columnNames), or state its type as ignore.`,
      );
    }
    taken.add(name);
  }
  return Object.fromEntries(entries); // defines keys such as __proto__, never sets them
}

function oneHotNames({ name, classNames = [] }: TableColumn): string[] {
  return classNames.map((value) => `${name}=${value}`);
}
