import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { isHidden } from '../folders/list-files.js';
import { readMatrixMarket } from '../formats/matrix-market.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import { type Limits, withLimits } from '../limits.js';
import type { DataNote } from '../notes.js';
import { walk } from '../walk.js';
import type { CountMatrix, Genes, SampleTable } from './count-matrix.js';
import type { CountOptions } from './count-options.js';
import { memberPaths } from './member-paths.js';
import { chooseSampleSet, isMatrixPart } from './sample-sets.js';
import { readSampleTable } from './sample-table.js';
import { SparseBuilder, type SparseMatrix } from './sparse-matrix.js';

/** What the files beside a matrix say. */
interface Parts {
  entries?: Entries;
  genes?: string[][];
  barcodes?: string[][];
  tables: SampleTable[];
}

/** Entries as the file has them: which of its sides the samples are is not known yet. */
interface Entries {
  readonly rowCount: number;
  readonly columnCount: number;
  readonly byColumns: SparseMatrix;
}

/**
 * @internal A folder as 10x Genomics writes it: `matrix.mtx`, `features.tsv` or `genes.tsv`, `barcodes.tsv`, gzipped or
 * not, with a sample's prefix or without; other tables may describe the samples.
 */
export async function readMatrixFolder(files: DataFiles, options: CountOptions): Promise<CountMatrix> {
  const { limits = {}, onEvent = () => {}, signal, cellTable } = options;
  const set = chooseSampleSet(await memberPaths(files, options), options.sampleSet);
  const parts: Parts = { tables: [] };
  for await (const member of walk(files, { limits, onEvent, signal })) {
    const { path } = member;
    if (path === set.matrix) parts.entries = await readEntries(member, limits, signal);
    else if (path === set.genes) parts.genes = await readNames(member, limits);
    else if (path === set.barcodes) parts.barcodes = await readNames(member, limits);
    else if (isSampleTable(path, cellTable)) parts.tables.push(await readSampleTable(member, limits));
  }
  return assemble(parts, set.matrix, options);
}

function isSampleTable(path: string, wanted: string | undefined): boolean {
  if (isHidden(path) || isMatrixPart(path)) return false;
  if (wanted !== undefined) return path === wanted.replace(/\.gz$/i, '') || path.endsWith(`/${wanted}`);
  return /\.(csv|tsv|txt)$/i.test(path);
}

async function readEntries(
  member: Member,
  limits: Partial<Limits>,
  signal: AbortSignal | undefined,
): Promise<Entries> {
  const sparse = new SparseBuilder();
  const most = withLimits(limits).members;
  let [rowCount, columnCount] = [0, 0];
  for await (const block of readMatrixMarket(member.stream(), { file: member.path, limits })) {
    signal?.throwIfAborted();
    ({ rowCount, columnCount } = block);
    if (rowCount > most || columnCount > most) {
      const message = `fromCounts: a matrix may have at most ${most} rows and columns, got ${rowCount} × ${columnCount}. Raise limits.members if it should.`;
      throw new DatasetError('limit', message, { file: member.path });
    }
    for (let i = 0; i < block.values.length; i++)
      sparse.add(block.columns[i] as number, block.rows[i] as number, block.values[i] as number);
  }
  if (rowCount === 0) throw malformed('a matrix must have entries, got none', member.path);
  return { rowCount, columnCount, byColumns: sparse.finish(columnCount, rowCount) };
}

async function readNames(member: Member, limits: Partial<Limits>): Promise<string[][]> {
  const rows: string[][] = [];
  const delimiter = /\.csv$/i.test(member.path) ? ',' : '\t';
  const options = { delimiter, quote: null, columnCount: 'any', file: member.path, limits } as const;
  for await (const block of readTextTable(member.stream(), options)) rows.push(...block);
  return rows;
}

function assemble(
  { entries, genes, barcodes, tables }: Parts,
  file: string,
  options: CountOptions,
): CountMatrix {
  if (entries === undefined) throw malformed('the matrix must be readable, got nothing', file);
  const notes: DataNote[] = [];
  const side = sideOfSamples(entries, { genes, barcodes, file }, options);
  const matrix = side === 'columns' ? entries.byColumns : entries.byColumns.transpose();
  const fit = (rows: string[][] | undefined, count: number) =>
    rows?.length === count + 1 ? rows.slice(1) : rows;
  const samples = fit(barcodes, matrix.rowCount)?.map(([name = '']) => name);
  const named = fit(genes, matrix.columnCount);
  if (side === 'rows' && options.samples !== 'rows') {
    const message = 'The samples are the rows of the matrix, as the numbers of names say.';
    notes.push({ kind: 'guessed', code: 'samples-in-rows', message, option: 'samples' });
  }
  return {
    format: 'matrix-market',
    file,
    matrix,
    genes: named && genesOf(named),
    samples,
    tables,
    notes,
  };
}

/** Genes and barcodes fit the matrix one way; a first line of column names may stand above them. */
function sideOfSamples(
  { rowCount, columnCount }: Entries,
  names: {
    readonly genes: string[][] | undefined;
    readonly barcodes: string[][] | undefined;
    readonly file: string;
  },
  { samples = 'auto' }: CountOptions,
): 'columns' | 'rows' {
  const fits = (rows: string[][] | undefined, count: number) =>
    rows === undefined || rows.length === count || (rows.length === count + 1 && isHeader(rows[0]));
  const sides = { columns: [rowCount, columnCount], rows: [columnCount, rowCount] } as const;
  for (const side of ['columns', 'rows'] as const) {
    const [geneCount, sampleCount] = sides[side];
    const allowed = samples === 'auto' || samples === side;
    if (allowed && fits(names.genes, geneCount) && fits(names.barcodes, sampleCount)) return side;
  }
  const told = [
    names.genes && `${names.genes.length} genes`,
    names.barcodes && `${names.barcodes.length} barcodes`,
  ].filter((text) => text !== undefined);
  throw malformed(
    `the matrix must fit the names beside it (${told.join(', ')}), got ${rowCount} × ${columnCount}`,
    names.file,
  );
}

function isHeader([first = '']: readonly string[] = []): boolean {
  return /^(gene|feature|barcode|cell|x|id|index|symbol)[\w. ]*$/i.test(first);
}

function genesOf(rows: readonly (readonly string[])[]): Genes {
  const ids = rows.map(([id = '']) => id);
  const names = rows.map(([id = '', name]) => name || id);
  const types = rows.some((fields) => fields.length > 2)
    ? { types: rows.map((fields) => fields[2] ?? '') }
    : {};
  return { ids, names, ...types };
}

function malformed(what: string, file: string): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file });
}
