import { DatasetError } from '../errors.js';
import type { Hdf5File } from '../formats/hdf5/hdf5-file.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { SparseBuilder, SparseMatrix } from './sparse-matrix.js';

const blockEntries = 2 ** 20;

/** Where the parts of a compressed sparse matrix lie, and along which of its sides it is compressed. */
export interface SparseGroup {
  readonly path: string;
  readonly rowCount: number;
  readonly columnCount: number;
  /** Whether `indptr` runs over rows (CSR) or columns (CSC). */
  readonly along: 'rows' | 'columns';
}

/**
 * @internal A compressed sparse matrix (`data`, `indices`, `indptr`), checked: every index lies inside.
 *
 * @throws DatasetError `malformed` for parts that do not fit each other, `limit`
 */
export function readSparseGroup(file: Hdf5File, group: SparseGroup, limits: Partial<Limits>): SparseMatrix {
  const { path, rowCount, columnCount, along } = group;
  checkSize(file, rowCount, columnCount, limits);
  const [outer, inner] = along === 'rows' ? [rowCount, columnCount] : [columnCount, rowCount];
  const starts = Float64Array.from(file.numbers(`${path}/indptr`));
  const entryCount = starts.at(-1) ?? -1;
  const lengths = ['data', 'indices'].map((name) => file.shapeOf(`${path}/${name}`)[0] ?? 0);
  const ascending = starts.every((start, i) => Number.isInteger(start) && start >= (starts[i - 1] ?? 0));
  if (
    starts.length !== outer + 1 ||
    starts[0] !== 0 ||
    !ascending ||
    lengths.some((length) => length !== entryCount)
  )
    throw malformed(
      `${path}/indptr must divide its ${lengths.join(' and ')} entries among ${outer} ${along}`,
      file,
    );
  const columns = new Int32Array(entryCount);
  const values = new Float32Array(entryCount);
  for (let start = 0; start < entryCount; start += blockEntries) {
    const range = { start, end: Math.min(entryCount, start + blockEntries) };
    values.set(file.numbers(`${path}/data`, range), start);
    const indices = file.numbers(`${path}/indices`, range);
    const outside = indices.find((index) => !(index >= 0 && index < inner));
    if (outside !== undefined)
      throw malformed(`every index of ${path}/indices must be below ${inner}, got ${outside}`, file);
    columns.set(indices, start);
  }
  const matrix = new SparseMatrix([outer, inner], { starts, columns, values });
  return along === 'rows' ? matrix : matrix.transpose();
}

/** @internal A dense matrix of samples by genes, of which only what is not 0 is held. */
export function readDense(file: Hdf5File, path: string, limits: Partial<Limits>): SparseMatrix {
  const [rowCount = 0, columnCount = 0, ...rest] = file.shapeOf(path);
  if (rest.length > 0 || columnCount === 0) throw malformed(`${path} must be samples × genes`, file);
  checkSize(file, rowCount, columnCount, limits);
  const builder = new SparseBuilder();
  const blockRows = Math.max(1, Math.floor(blockEntries / columnCount));
  for (let start = 0; start < rowCount; start += blockRows) {
    const end = Math.min(rowCount, start + blockRows);
    const values = file.numbers(path, { start, end });
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (value !== 0) builder.add(start + Math.floor(i / columnCount), i % columnCount, value);
    }
  }
  return builder.finish(rowCount, columnCount);
}

function checkSize(file: Hdf5File, rowCount: number, columnCount: number, limits: Partial<Limits>): void {
  const most = withLimits(limits).members;
  if (rowCount <= most && columnCount <= most) return;
  const message = `fromCounts: a matrix may have at most ${most} rows and columns, got ${rowCount} × ${columnCount}. Raise limits.members if it should.`;
  throw new DatasetError('limit', message, { file: file.name });
}

function malformed(what: string, file: Hdf5File): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file: file.name });
}
