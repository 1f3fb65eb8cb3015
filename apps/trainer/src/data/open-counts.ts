import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type Columns,
  type DataFile,
  fromColumns,
  fromCsv,
  fromTsv,
  readLines,
  readMatrixMarket,
  type Schema,
  type TableColumn,
} from '@warmstart/datasets';
import { folder } from '@warmstart/datasets/node';
import type { DataSettings } from '../settings/project.js';
import { closest } from '../terminal/closest.js';
import { DataError } from './data-error.js';
import type { KnownTable } from './open-table.js';
import type { Answer, Source } from './source.js';

/** The files of a count matrix, as 10x Genomics and others write them. */
interface CountFiles {
  matrix: string;
  genes: string | undefined;
  cells: string | undefined;
  /** A table with a row for each cell. */
  about: string | undefined;
}

const mostValues = 2 ** 28;

/**
 * A count matrix: `matrix.mtx` with `genes.tsv` (or `features.tsv`) and `barcodes.tsv` beside it, and cells described
 * in a `.csv` with one row each, found by their barcodes. Files may be gzipped.
 *
 * @throws DataError if the files do not fit each other
 */
export async function openCounts(path: string, settings: DataSettings, known?: KnownTable): Promise<Source> {
  const files = findCountFiles(path);
  const geneNames = files.genes ? await firstWords(files.genes) : undefined;
  const cellNames = files.cells ? await firstWords(files.cells) : undefined;
  const { counts, cells, genes } = await readCounts(files.matrix, geneNames?.length, cellNames?.length);
  const names = geneNames ?? Array.from({ length: genes }, (_, gene) => `gene ${gene + 1}`);
  const notes: string[] = [`${cells} cells × ${genes} genes from ${basename(files.matrix)}`];
  const label =
    files.about && cellNames ? await readLabels(files.about, cellNames, settings, known, notes) : undefined;
  if (!label && settings.label !== undefined && !known) {
    throw new DataError(
      'no-column',
      `${path}: there must be a .csv beside the matrix with a column "${settings.label}" and one of the barcodes, got none.`,
      path,
    );
  }
  const schema = {
    features: { dtype: 'float32', shape: [genes], names },
    ...(label ? { label: { dtype: 'int32', shape: [], classNames: label.classNames } } : {}),
  } as Schema<Columns>;
  const columns: Columns = { features: counts, ...(label ? { label: label.classes } : {}) };
  const answer: Answer | undefined = label && {
    kind: 'classes',
    column: label.column,
    classNames: label.classNames,
  };
  return {
    name: path,
    kind: 'counts',
    origin: 'official',
    dataset: fromColumns(columns, { schema }),
    ...(answer ? { answer } : {}),
    notes,
  };
}

function findCountFiles(path: string): CountFiles {
  const isFolder = statSync(path).isDirectory();
  const place = isFolder ? path : dirname(path);
  const names = readdirSync(place).sort();
  const find = (pattern: RegExp) => {
    const name = names.find((one) => pattern.test(one));
    return name === undefined ? undefined : join(place, name);
  };
  const matrix = isFolder ? find(/\.mtx(\.gz)?$/i) : path;
  if (matrix === undefined)
    throw new DataError('no-data', `${path}: there must be a .mtx file in the folder, got none.`, path);
  return {
    matrix,
    genes: find(/^(genes|features)\.tsv(\.gz)?$/i),
    cells: find(/^barcodes\.tsv(\.gz)?$/i),
    about: find(/\.(csv|csv\.gz)$/i) ?? find(/^(cells|metadata|labels).*\.tsv(\.gz)?$/i),
  };
}

/** Dense counts, cell by cell; the matrix may have cells as rows or as columns. */
async function readCounts(file: string, geneCount: number | undefined, cellCount: number | undefined) {
  let counts: Float32Array | undefined;
  let [cells, genes, rowsAreGenes] = [0, 0, true];
  for await (const { rowCount, columnCount, rows, columns, values } of readMatrixMarket(bytesOf(file), {
    file,
  })) {
    if (!counts) {
      rowsAreGenes = geneCount === undefined ? cellCount !== rowCount : geneCount === rowCount;
      [genes, cells] = rowsAreGenes ? [rowCount, columnCount] : [columnCount, rowCount];
      checkSizes(file, { genes, cells, geneCount, cellCount });
      counts = new Float32Array(genes * cells);
    }
    for (let index = 0; index < values.length; index++) {
      const [gene, cell] = rowsAreGenes ? [rows[index], columns[index]] : [columns[index], rows[index]];
      counts[(cell as number) * genes + (gene as number)] = values[index] as number;
    }
  }
  if (counts) return { counts, cells, genes };
  throw new DataError('no-data', `${file}: the matrix must hold counts, got none.`, file);
}

function checkSizes(
  file: string,
  {
    genes,
    cells,
    geneCount = genes,
    cellCount = cells,
  }: { genes: number; cells: number; geneCount: number | undefined; cellCount: number | undefined },
): void {
  if (geneCount !== genes || cellCount !== cells) {
    throw new DataError(
      'other-data',
      `${file}: the matrix must be ${geneCount} genes × ${cellCount} cells, as genes.tsv and barcodes.tsv have them, got ${genes} × ${cells}.`,
      file,
    );
  }
  if (genes * cells <= mostValues) return;
  throw new DataError(
    'no-data',
    `${file}: the matrix may have at most ${mostValues} values in memory, got ${genes * cells}. Take fewer cells.`,
    file,
  );
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  for await (const entry of folder(file).list()) yield* unpacked(entry);
}

async function* unpacked(entry: DataFile): AsyncGenerator<Uint8Array> {
  if (/\.gz$/i.test(entry.path) && entry.gunzip) yield* entry.gunzip(entry.stream());
  else yield* entry.stream();
}

async function firstWords(file: string): Promise<string[]> {
  const words: string[] = [];
  for await (const lines of readLines(bytesOf(file), { file })) {
    for (const line of lines) if (line !== '') words.push(line.split('\t').slice(0, 2).at(-1) as string);
  }
  return words;
}

interface Labels {
  column: string;
  classNames: readonly string[];
  classes: Int32Array;
}

/** The class of each cell, from the table that knows its barcode. */
async function readLabels(
  file: string,
  cellNames: readonly string[],
  { label }: DataSettings,
  known: KnownTable | undefined,
  notes: string[],
): Promise<Labels | undefined> {
  const reader = /\.tsv(\.gz)?$/i.test(file) ? fromTsv : fromCsv;
  const { table } = await reader(folder(file), { missing: 'nan' });
  const columns = table?.columns ?? [];
  const learned = known?.answer !== 'new' && known?.answer?.kind === 'classes' ? known.answer : undefined;
  const chosen = chooseColumn(file, columns, learned?.column ?? label, notes);
  if (!chosen) return undefined;
  const others = columns.filter(({ name }) => name !== chosen.name);
  const types = Object.fromEntries(others.map(({ name }) => [name, 'text' as const]));
  const asked = {
    label: chosen.name,
    types,
    missing: 'nan',
    ...(learned ? { classNames: learned.classNames } : {}),
  } as const;
  const rows = await (await reader(folder(file), asked)).collect();
  const barcodes = others
    .map(({ name }) => rows.columns[name] as string[])
    .find((values) => values.includes(cellNames[0] as string));
  if (!barcodes) return undefined;
  const places = new Map(barcodes.map((name, row) => [name, row]));
  const labels = rows.columns.label as Int32Array;
  const classes = Int32Array.from(cellNames, (name) => labels[places.get(name) ?? -1] ?? -1);
  const classNames = (await reader(folder(file), asked)).schema.label?.classNames ?? [];
  notes.push(
    `task: ${classNames.length} classes of ${chosen.name} (${classNames.slice(0, 4).join(', ')}${classNames.length > 4 ? ', …' : ''})`,
  );
  return { column: chosen.name, classNames, classes };
}

function chooseColumn(
  file: string,
  columns: readonly TableColumn[],
  label: string | undefined,
  notes: string[],
): TableColumn | undefined {
  if (label === undefined) {
    const guess = columns.find(({ type }) => type === 'category');
    if (guess)
      notes.push(`label column: ${guess.name} of ${basename(file)} (guessed; --label names another)`);
    return guess;
  }
  const found = columns.find(({ name }) => name === label);
  if (found) return found;
  const names = columns.map(({ name }) => name);
  const guess = closest(label, names);
  throw new DataError(
    'no-column',
    `${file}: there is no column "${label}".${guess ? ` Did you mean "${guess}"?` : ''} It has ${names.join(', ')}.`,
    file,
  );
}
