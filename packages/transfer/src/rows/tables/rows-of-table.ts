import { textAt } from '@warmstart/datasets';
import type { RowsOptions } from '../open/rows-options.js';
import { refuseOtherKind } from '../other-kind.js';
import type { Rows } from '../rows.js';
import { TextRows } from '../texts/text-rows.js';
import type { TableParts } from './table-rows.js';
import { TableRows } from './table-rows.js';

/** Rows of a table; a column of texts and nothing beside it are rows of texts. */
export function rowsOfTable(parts: TableParts, { textLength, like }: RowsOptions): Rows {
  const [only, ...others] = parts.plans;
  const isTexts = only?.type === 'text' && others.length === 0 && like?.input.kind !== 'table';
  if (!isTexts && like?.input.kind === 'texts') throw refuseOtherKind(parts.name, 'texts', 'table');
  if (!isTexts) return new TableRows(parts);
  const { name, origin, licence, label, columns, notes, missing } = parts;
  const texts = Array.from({ length: parts.table.rowCount }, (_, row) => {
    const text = textAt(only.column, row);
    return missing.isWord(text) ? '' : text;
  });
  return new TextRows({
    name,
    origin,
    texts,
    columns,
    notes,
    ...(licence === undefined ? {} : { licence }),
    ...(label ? { output: label.output, outputs: label.values } : {}),
    ...(parts.parts ? { parts: parts.parts } : {}),
    ...(textLength === undefined ? {} : { length: textLength }),
  });
}
