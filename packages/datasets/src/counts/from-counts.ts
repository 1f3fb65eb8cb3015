import type { Batch, ColumnInfo, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import { Dataset } from '../dataset.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { Hdf5File } from '../formats/hdf5/hdf5-file.js';
import type { DataNote } from '../notes.js';
import { originOf } from '../origin-marker.js';
import { asFiles, type OwnFiles } from '../own-files.js';
import { streamSource } from '../stages/stream.js';
import { chooseCountFile } from './count-file.js';
import type { CountMatrix, Genes } from './count-matrix.js';
import { type CountOptions, checkCountOptions } from './count-options.js';
import type { CountsInfo } from './counts-info.js';
import { keepGenes } from './keep-genes.js';
import { read10xH5 } from './read-10x-h5.js';
import { readCountTable } from './read-count-table.js';
import { readH5ad } from './read-h5ad.js';
import { readMatrixFolder } from './read-matrix-folder.js';
import { answersOf, type SampleAnswers } from './sample-classes.js';
import { joinSamples } from './sample-table.js';
import type { SparseMatrix } from './sparse-matrix.js';
import { scaleOf } from './value-scale.js';

export interface CountColumns {
  [column: string]: Float32Array | Float64Array | Int32Array | string[];
  /** [rows, genes], as the file has them; the schema gives the genes' `names` and `ids`. */
  features: Float32Array;
  /** The sample's name (10x: the barcode), else its number from 1. */
  sample: string[];
}

/**
 * A data set of samples (cells) by genes: a folder of 10x Genomics or GEO (`matrix.mtx`, `features.tsv`,
 * `barcodes.tsv`), an `.h5ad` file of anndata, an `.h5` file of Cell Ranger, or a plain table of counts. Classes come
 * from a table beside the matrix, joined by the samples' names, or from anndata's `obs`.
 *
 * Numbers are given as the file has them; `dataset.counts` says whether they are counts or logarithms already, and
 * `dataset.notes` what was guessed and left out. They are held sparse, 8 bytes an entry; rows become dense as they are
 * asked for, in any order.
 *
 * @throws DatasetError `missing` without such a file, `missing-peer` for HDF5 without `options.hdf5`, `malformed` or
 *   `truncated` for a damaged file and for names that do not fit it, `limit`; RangeError for options that name nothing
 */
export async function fromCounts(
  given: OwnFiles,
  options: CountOptions = {},
): Promise<Dataset<CountColumns>> {
  checkCountOptions(options);
  const files = asFiles(given, 'fromCounts');
  const read = await readCounts(files, options);
  const { matrix, genes, notes: geneNotes } = keepGenes(read, options);
  const scale = scaleOf({ ...read, matrix }, options);
  const samples = read.samples ?? Array.from({ length: matrix.rowCount }, (_, i) => String(i + 1));
  const { table, notes: joinNotes } = joinSamples(read, options);
  const answers = answersOf(table, samples, options);
  const counts: CountsInfo = {
    format: read.format,
    sampleCount: matrix.rowCount,
    geneCount: matrix.columnCount,
    values: scale.values,
    geneNames: read.genes === undefined ? 'numbers' : 'file',
    ...(answers.label === undefined ? {} : { label: answers.label.column }),
    ...(answers.target === undefined ? {} : { target: answers.target.column }),
  };
  const message = `${matrix.rowCount} samples × ${matrix.columnCount} genes from ${read.file}.`;
  const found: DataNote = { kind: 'found', code: 'counts', message };
  return new Dataset(countSource({ matrix, genes, samples, answers, name: read.file }), {
    origin: options.origin ?? (await originOf(files)),
    counts,
    notes: [found, ...read.notes, ...geneNotes, ...scale.notes, ...joinNotes, ...answers.notes],
  });
}

async function readCounts(files: DataFiles, options: CountOptions): Promise<CountMatrix> {
  const { format, file } = await chooseCountFile(files, options);
  if (format === 'matrix-market') return readMatrixFolder(files, options);
  if (format === 'csv' || format === 'tsv') return readCountTable(files, { ...options, format });
  if (file === undefined)
    throw new DatasetError('missing', `fromCounts: a file (.${format}) is needed, got none.`);
  const { limits = {}, hdf5 } = options;
  const bytes = await collectBytes(file.stream());
  const opened = await Hdf5File.open({ name: file.path, bytes }, hdf5, limits);
  try {
    return opened.kindOf('obs') !== undefined ? readH5ad(opened, options) : read10xH5(opened, options);
  } finally {
    opened.close();
  }
}

function countSource(about: {
  readonly matrix: SparseMatrix;
  readonly genes: Genes;
  readonly samples: readonly string[];
  readonly answers: SampleAnswers;
  readonly name: string;
}) {
  const { matrix, genes, samples, answers } = about;
  const { rowCount, columnCount } = matrix;
  const { label, target } = answers;
  const info: Record<string, ColumnInfo> = {
    features: { dtype: 'float32', shape: [columnCount], names: genes.names, ids: genes.ids },
    sample: { dtype: 'string', shape: [] },
    ...(label === undefined ? {} : { label: { dtype: 'int32', shape: [], classNames: label.classNames } }),
    ...(target === undefined ? {} : { target: { dtype: 'float64', shape: [] } }),
  };
  const schema = info as Schema<CountColumns>; // features and sample are there
  const at = async (rows: Uint32Array): Promise<Batch<CountColumns>> => {
    const features = new Float32Array(rows.length * columnCount);
    for (const [i, row] of rows.entries()) matrix.fill(row, features, i * columnCount);
    const columns: CountColumns = { features, sample: Array.from(rows, (row) => samples[row] as string) };
    if (label !== undefined) columns.label = Int32Array.from(rows, (row) => label.values[row] as number);
    if (target !== undefined) columns.target = Float64Array.from(rows, (row) => target.values[row] as number);
    return assembleBatch(schema, columns, rows.length);
  };
  const blockRows = Math.max(1, Math.min(256, Math.floor(2 ** 20 / Math.max(1, columnCount))));
  const source = streamSource({
    schema,
    rowCount,
    fingerprint: ['counts', about.name, rowCount, columnCount],
    async *read() {
      for (let row = 0; row < rowCount; row += blockRows) {
        const count = Math.min(blockRows, rowCount - row);
        yield await at(Uint32Array.from({ length: count }, (_, i) => row + i));
      }
    },
  });
  return { ...source, at };
}
