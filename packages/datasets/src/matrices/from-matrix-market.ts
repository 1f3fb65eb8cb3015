import type { Batch, ColumnInfo, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import { Dataset } from '../dataset.js';
import { DatasetError } from '../errors.js';
import type { DataEvent } from '../events.js';
import { readMatrixMarket } from '../formats/matrix-market.js';
import type { Member } from '../formats/member.js';
import { readTextTable } from '../formats/text-table.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { originOf } from '../origin-marker.js';
import type { OwnFiles } from '../own-files.js';
import { asFiles } from '../own-files.js';
import { streamSource } from '../stages/stream.js';
import { walk } from '../walk.js';
import { SparseRows } from './sparse-rows.js';

export interface MatrixColumns {
  [column: string]: Float32Array | Int32Array | string[];
  /** [rows, features of the matrix] */
  features: Float32Array;
  /** The sample's name (10x: the barcode), else its number from 1. */
  sample: string[];
}

export interface MatrixOptions {
  /** Whether samples (cells) are the matrix's columns, as 10x Genomics writes them (default), or its rows. */
  readonly samples?: 'columns' | 'rows';
  /** Which column of `features.tsv` names the features. Default `id`, the first; `name` is the second. */
  readonly featureNames?: 'id' | 'name';
  /** Class of a sample by its name; it becomes `label`, −1 for samples not named. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

interface Matrix {
  readonly sampleCount: number;
  readonly featureCount: number;
  fill(row: number, into: Float32Array, start: number): void;
}

/**
 * A data set from a sparse matrix, e.g. a folder of 10x Genomics (`matrix.mtx.gz`, `features.tsv.gz`,
 * `barcodes.tsv.gz`). Entries are held sparse, 8 bytes each; rows become dense as they are asked for, in any order.
 *
 * @throws DatasetError `missing` without an `.mtx` file, `malformed` or `truncated` for a damaged one and for
 *   names that do not fit it, `limit` for more samples or features than `limits.members` and `limits.columns`
 */
export async function fromMatrixMarket(
  given: OwnFiles,
  options: MatrixOptions = {},
): Promise<Dataset<MatrixColumns>> {
  const files = asFiles(given, 'fromMatrixMarket');
  const { limits = {}, onEvent = () => {}, signal } = options;
  let [matrix, features, samples]: [Matrix?, string[][]?, string[][]?] = [];
  for await (const member of walk(files, { limits, onEvent, signal })) {
    if (/\.mtx$/i.test(member.path)) {
      if (matrix !== undefined) throw malformed('there must be one .mtx file, got two', member.path);
      matrix = await readMatrix(member, options);
    } else if (/(^|[/_.-])(features|genes)\.tsv$/i.test(member.path))
      features = await readNames(member, limits);
    else if (/(^|[/_.-])barcodes\.tsv$/i.test(member.path)) samples = await readNames(member, limits);
  }
  if (matrix === undefined)
    throw new DatasetError(
      'missing',
      'fromMatrixMarket: a file named like matrix.mtx or matrix.mtx.gz is needed, got none.',
    );
  checkCount('features.tsv', features, matrix.featureCount);
  checkCount('barcodes.tsv', samples, matrix.sampleCount);
  const column = options.featureNames === 'name' ? 1 : 0;
  const names = features?.map((fields) => fields[column] ?? fields[0] ?? '');
  const sampleName = (row: number) => samples?.[row]?.[0] ?? String(row + 1);
  return new Dataset(sparseSource(matrix, { names, sampleName, labels: options.labels }), {
    origin: await originOf(files),
  });
}

function sparseSource(
  { fill, featureCount, sampleCount }: Matrix,
  about: {
    readonly names: readonly string[] | undefined;
    readonly sampleName: (row: number) => string;
    readonly labels: Readonly<Record<string, string>> | undefined;
  },
) {
  const { names, sampleName, labels } = about;
  const classNames = [...new Set(Object.values(labels ?? {}))].sort();
  const info: Record<string, ColumnInfo> = {
    features: { dtype: 'float32', shape: [featureCount], ...(names === undefined ? {} : { names }) },
    sample: { dtype: 'string', shape: [] },
    ...(labels === undefined ? {} : { label: { dtype: 'int32', shape: [], classNames } }),
  };
  const schema = info as Schema<MatrixColumns>; // features and sample are there
  const labelOf = (name: string) =>
    labels !== undefined && Object.hasOwn(labels, name) ? classNames.indexOf(labels[name] ?? '') : -1;
  const at = async (rows: Uint32Array): Promise<Batch<MatrixColumns>> => {
    const features = new Float32Array(rows.length * featureCount);
    for (const [i, row] of rows.entries()) fill(row, features, i * featureCount);
    const sample = Array.from(rows, sampleName);
    const label = labels === undefined ? {} : { label: Int32Array.from(sample, labelOf) };
    return assembleBatch(schema, { features, sample, ...label }, rows.length);
  };
  const blockRows = Math.max(1, Math.min(256, Math.floor(2 ** 20 / Math.max(1, featureCount))));
  const source = streamSource({
    schema,
    rowCount: sampleCount,
    fingerprint: ['matrix', sampleCount, featureCount],
    async *read() {
      for (let row = 0; row < sampleCount; row += blockRows) {
        const count = Math.min(blockRows, sampleCount - row);
        yield await at(Uint32Array.from({ length: count }, (_, i) => row + i));
      }
    },
  });
  return { ...source, at };
}

async function readMatrix(
  member: Member,
  { samples = 'columns', limits = {} }: MatrixOptions,
): Promise<Matrix> {
  const sparse = new SparseRows();
  let [sampleCount, featureCount] = [0, 0];
  for await (const block of readMatrixMarket(member.stream(), { file: member.path, limits })) {
    const turned = samples === 'columns';
    sampleCount = turned ? block.columnCount : block.rowCount;
    featureCount = turned ? block.rowCount : block.columnCount;
    const { members, columns } = withLimits(limits);
    if (sampleCount > members || featureCount > columns) {
      const message = `fromMatrixMarket: a matrix may have at most ${members} samples and ${columns} features, got ${sampleCount} and ${featureCount}. Raise limits.members or limits.columns if it should.`;
      throw new DatasetError('limit', message, { file: member.path });
    }
    const [rows, features] = turned ? [block.columns, block.rows] : [block.rows, block.columns];
    for (let i = 0; i < rows.length; i++)
      sparse.add(rows[i] as number, features[i] as number, block.values[i] as number);
  }
  if (sampleCount === 0) throw malformed('a matrix must have entries, got none', member.path);
  return { sampleCount, featureCount, fill: sparse.finish(sampleCount) };
}

async function readNames(member: Member, limits: Partial<Limits>): Promise<string[][]> {
  const rows: string[][] = [];
  const options = { delimiter: '\t', quote: null, columnCount: 'any', file: member.path, limits } as const;
  for await (const block of readTextTable(member.stream(), options)) rows.push(...block);
  return rows;
}

function checkCount(file: string, names: readonly unknown[] | undefined, wanted: number): void {
  if (names === undefined || names.length === wanted) return;
  throw malformed(
    `the matrix needs ${wanted} names, got ${names.length}. If samples are its rows, pass samples: 'rows'`,
    file,
  );
}

function malformed(what: string, file: string): DatasetError {
  return new DatasetError('malformed', `fromMatrixMarket: ${what}.`, { file });
}
