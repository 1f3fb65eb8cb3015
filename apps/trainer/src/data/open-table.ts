import { extname } from 'node:path';
import {
  type Columns,
  type Dataset,
  fromCsv,
  fromJsonl,
  fromParquet,
  fromTsv,
  type OwnFiles,
  type Table,
  type TableColumn,
  type TableOptions,
  usualMissingValues,
} from '@warmstart/datasets';
import { folder } from '@warmstart/datasets/node';
import type { DataSettings } from '../settings/project.js';
import { closest } from '../terminal/closest.js';
import { DataError } from './data-error.js';
import { type ReadTable, refuseNumberWords } from './number-words.js';
import type { Answer, OwnTable, Source } from './source.js';

export type TableFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'counts';

type Reader = (files: OwnFiles, options: TableOptions) => Promise<Dataset<Columns>>;

const readers: Readonly<Record<'csv' | 'tsv' | 'jsonl' | 'parquet', Reader>> = {
  csv: fromCsv,
  tsv: fromTsv,
  jsonl: fromJsonl,
  parquet: fromParquet,
};

/** How the columns of an earlier file were read, so that new rows are read in the same way. */
export interface KnownTable {
  table: OwnTable;
  /** What the rows are for; `new` where an encoder meets another answer. */
  answer: Answer | 'new' | undefined;
}

/** Rows with named columns, from one file of one's own. Missing values stay visible: NaN, or class −1. */
export async function openTable(
  path: string,
  format: TableFormat,
  settings: DataSettings,
  known?: KnownTable,
): Promise<Source> {
  const reader = readers[format === 'counts' ? formatOfName(path) : format];
  const words = [...new Set([...(known?.table.missingWords ?? []), ...settings.missing])];
  const missingValues = [...usualMissingValues, ...words];
  const read: ReadTable = (options) =>
    reader(folder(path), { missing: 'nan', stream: false, missingValues, ...options });
  const source = { name: path, kind: format === 'counts' ? 'counts' : 'table', origin: 'official' } as const;
  if (known && known.answer !== 'new') {
    const dataset = await read({ table: known.table });
    const answered = known.answer && ('label' in dataset.schema || 'target' in dataset.schema);
    return {
      ...source,
      dataset,
      table: known.table,
      ...(answered && known.answer ? { answer: known.answer } : {}),
      notes: [],
    };
  }
  const { ignore, splitColumn } = settings;
  const set = [...ignore, ...(splitColumn === undefined ? [] : [splitColumn])];
  const first = (await read({ types: ignored(ignore), categories: 'index' })).table as Table; // read from a table file
  for (const name of set) requireColumn(first, name, path);
  const notes: string[] = [];
  const label = labelColumn(first, settings, path, notes);
  const others = first.columns.filter(({ name }) => name !== label?.name && !set.includes(name));
  const isMissing = (cell: string) => missingValues.includes(cell.trim());
  if (!known) await refuseNumberWords(first, others, { read, isMissing, path });
  const types = {
    ...ignored([...ignore, ...texts(first, label, splitColumn, notes)]),
    ...(splitColumn === undefined ? {} : { [splitColumn]: 'category' as const }),
  };
  const answer =
    label && (await answerOf(label, settings, (options) => read({ ...options, types }), path, notes));
  const own = (await read({ types, ...columnOf(answer) })).table as Table; // read from a table file
  const asRead = known ? withAnswer(known.table, own, answer, path) : own;
  const table: OwnTable = { ...asRead, ...(words.length > 0 ? { missingWords: words } : {}) };
  return { ...source, dataset: await read({ table }), table, ...(answer ? { answer } : {}), notes };
}

function columnOf(answer: Answer | undefined): { label?: string; target?: string } {
  if (answer === undefined) return {};
  return answer.kind === 'classes' ? { label: answer.column } : { target: answer.column };
}

/** An encoder's columns as it learned them, and the answer of the new file. */
function withAnswer(encoder: Table, own: Table, answer: Answer | undefined, path: string): Table {
  const features = encoder.columns.filter(({ role }) => role === 'feature');
  const learned = features.find(({ name, type }) => name === answer?.column && type !== 'ignore');
  if (learned) {
    throw new DataError(
      'other-data',
      `${path}: the encoder has learned to rebuild column "${learned.name}", so it knows the answer. Pre-train again with --label ${learned.name}, which leaves it out.`,
      path,
    );
  }
  const asked = own.columns.filter(({ name }) => name === answer?.column);
  const kept = features.filter(({ name }) => name !== answer?.column);
  return { rowCount: own.rowCount, columns: [...kept, ...asked] };
}

/** What a file's columns are called and hold, to be looked at before anything is spent. */
export function columnLines({ columns, rowCount }: Table): string[] {
  return columns.map((column) => {
    const { name, type, role, missing } = column;
    const lacking = missing === 0 ? '' : `, ${missing} of ${rowCount} missing`;
    return `  ${role === 'feature' ? ' ' : '→'} ${name}: ${rangeOf(column) ?? (type === 'ignore' ? 'not used' : type)}${lacking}`;
  });
}

function rangeOf({ type, classNames, min, max }: TableColumn): string | undefined {
  if (type === 'category') return `${classNames?.length ?? 0} classes (${shortList(classNames ?? [])})`;
  if (type !== 'number' || min === undefined || max === undefined) return undefined;
  return `numbers from ${round(min)} to ${round(max)}`;
}

function shortList(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')}, …` : names.join(', ');
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function formatOfName(path: string): keyof typeof readers {
  const ending = extname(path.replace(/\.gz$/, ''));
  if (ending === '.tsv' || ending === '.tab') return 'tsv';
  if (ending === '.parquet') return 'parquet';
  return ending === '.csv' || ending === '.data' ? 'csv' : 'jsonl';
}

const usualNames = [
  'label',
  'class',
  'target',
  'y',
  'species',
  'diagnosis',
  'outcome',
  'category',
  'sentiment',
];

function labelColumn(
  table: Table,
  { label, ignore, splitColumn }: DataSettings,
  path: string,
  notes: string[],
): TableColumn | undefined {
  if (label !== undefined) return requireColumn(table, label, path);
  const columns = table.columns.filter(({ name }) => !ignore.includes(name) && name !== splitColumn);
  const named = columns.find(({ name }) => usualNames.includes(name.toLowerCase()));
  const last = columns.at(-1);
  const guess = named ?? (last?.type === 'category' ? last : undefined);
  if (guess) {
    const why = named ? 'by its name' : 'the last column, of few different words';
    notes.push(`label column: ${guess.name} (guessed ${why}; --label names another)`);
  }
  return guess;
}

function requireColumn(table: Table, name: string, path: string): TableColumn {
  const found = table.columns.find((column) => column.name === name);
  if (found) return found;
  const names = table.columns.map((column) => column.name);
  const guess = closest(name, names);
  const shown =
    names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
  throw new DataError(
    'no-column',
    `${path}: there is no column "${name}".${guess ? ` Did you mean "${guess}"?` : ''} It has ${shown}.`,
    path,
  );
}

/** Free text beside numbers cannot be learned from here; it is said, not silently dropped. */
function texts(
  table: Table,
  label: TableColumn | undefined,
  splitColumn: string | undefined,
  notes: string[],
): string[] {
  const free = table.columns.filter(
    ({ type, name }) => type === 'text' && name !== label?.name && name !== splitColumn,
  );
  const others = table.columns.filter(
    ({ type, name }) => type !== 'text' && type !== 'ignore' && name !== label?.name,
  );
  if (free.length === 0 || others.length === 0) return [];
  notes.push(`not used, free text: ${free.map(({ name }) => name).join(', ')}`);
  return free.map(({ name }) => name);
}

function ignored(names: readonly string[]): Record<string, 'ignore'> {
  return Object.fromEntries(names.map((name) => [name, 'ignore']));
}

const mostClassesOfNumbers = 20;

async function answerOf(
  { name, type }: TableColumn,
  { task, label }: DataSettings,
  read: ReadTable,
  path: string,
  notes: string[],
): Promise<Answer> {
  if (task === 'number') return { kind: 'number', column: name };
  const { classNames, rows } = await classesOf(name, read);
  const tooMany = type === 'number' && task === 'auto' && classNames.length > mostClassesOfNumbers;
  if (tooMany) {
    if (label !== undefined) notes.push(`task: predict the number ${name} (--task classes for classes)`);
    return { kind: 'number', column: name };
  }
  if (classNames.length < 2) {
    throw new DataError(
      'one-class',
      `${path}: column "${name}" must hold at least 2 classes, got ${classNames.length === 1 ? `only "${classNames[0]}"` : 'none'}. Choose another with --label.`,
      path,
    );
  }
  if (classNames.length > rows / 2) {
    throw new DataError(
      'too-many-classes',
      `${path}: column "${name}" has ${classNames.length} classes in ${rows} labelled rows, which is too few to learn from: a class needs 2 rows at least. ` +
        `Choose another column with --label${type === 'number' ? ', or predict the number with --task number' : ''}.`,
      path,
    );
  }
  notes.push(`task: ${classNames.length} classes of ${name} (${shortList(classNames)})`);
  return { kind: 'classes', column: name, classNames };
}

async function classesOf(
  name: string,
  read: ReadTable,
): Promise<{ classNames: readonly string[]; rows: number }> {
  const { table } = await read({ label: name });
  const column = table?.columns.find(({ role }) => role === 'label');
  return { classNames: column?.classNames ?? [], rows: (table?.rowCount ?? 0) - (column?.missing ?? 0) };
}
