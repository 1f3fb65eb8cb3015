import { datasetNames } from '@warmstart/datasets';
import { type LearnedRows, type Rows, type RowsOptions, readRows, TransferError } from '@warmstart/transfer';
import type { DataSettings } from '../settings/project.js';
import { closest } from '../terminal/closest.js';
import { flagText } from '../terminal/flag-text.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Reads the rows that `--data` names and prints what was found and guessed.
 *
 * @param like - what a model or encoder has learned to take: rows are read as it learned them
 */
export async function openRows(
  settings: DataSettings,
  terminal: Pick<Terminal, 'note' | 'signal'>,
  like?: LearnedRows,
): Promise<Rows> {
  const rows = await readRows(settings.data, {
    ...rowsOptions(settings),
    ...(like ? { like } : {}),
    signal: terminal.signal,
  }).catch((error: unknown) => {
    throw meantName(error, settings.data);
  });
  for (const line of linesOf(rows)) terminal.note(line);
  return rows;
}

/** Adds the data set whose name was misspelt, if it was. */
function meantName(error: unknown, asked: string): unknown {
  if (!(error instanceof TransferError) || error.code !== 'no-data' || error.file !== asked) return error;
  const guess = closest(asked, datasetNames());
  return guess === undefined || guess === asked
    ? error
    : Object.assign(error, { remedy: `Did you mean ${guess}?` });
}

/** The settings that say how rows are read, as options of `readRows`. */
export function rowsOptions(settings: DataSettings): RowsOptions {
  const { label, task, format, ignore, types, missing, unknown } = settings;
  const { delimiter, encoding, decimal, thousands, header, splitColumn } = settings;
  const { missingValues, quote, dateOrder, sheet } = settings;
  const { imageSize, textLength, genes, values } = settings;
  const text = { delimiter, quote, encoding, decimal, thousands, header, missingValues };
  const stated = { label, ...text, dateOrder, sheet, splitColumn, values };
  const given = Object.entries(stated).filter(([, value]) => value !== undefined);
  return {
    task,
    format,
    ignore,
    types,
    missing,
    unknown,
    imageSize,
    textLength,
    genes,
    xlsx: () => import('read-excel-file/universal'),
    ...(Object.fromEntries(given) as Partial<RowsOptions>),
  };
}

const mostColumns = 20;

/** What was found: the label first, then the other columns, then the notes. */
export function linesOf({ name, kind, rowCount, columns, notes }: Rows): string[] {
  const isLabel = ({ type }: Rows['columns'][number]) => type === 'label';
  const ordered = [...columns.filter(isLabel), ...columns.filter((column) => !isLabel(column))];
  const shown = ordered.slice(0, mostColumns).map((column) => {
    const missing = column.missing > 0 ? `, ${column.missing} of ${rowCount} missing` : '';
    return `  ${isLabel(column) ? '→' : ' '} ${column.name}: ${column.summary}${missing}`;
  });
  const more = columns.length > mostColumns ? [`    and ${columns.length - mostColumns} more columns`] : [];
  return [
    `${name}: ${rowCount} ${kind === 'table' ? 'rows of a table' : `rows of ${kind}`}`,
    ...shown,
    ...more,
    ...notes.map((note) => `  ${flagText(note)}`),
  ];
}
