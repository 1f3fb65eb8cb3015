import { DatasetError } from '../errors.js';
import type { Hdf5File } from '../formats/hdf5/hdf5-file.js';
import type { DataNote } from '../notes.js';
import type { CountMatrix, Genes } from './count-matrix.js';
import type { CountOptions } from './count-options.js';
import { readFrame } from './read-frame.js';
import { readDense, readSparseGroup } from './read-sparse-group.js';
import type { SparseMatrix } from './sparse-matrix.js';

/**
 * @internal An `.h5ad` file of anndata: samples by genes in `X` or a layer, sparse or dense, samples described by
 * `obs`, genes by `var`.
 *
 * @see https://anndata.readthedocs.io/en/latest/fileformat-prose.html
 */
export function readH5ad(file: Hdf5File, options: CountOptions): CountMatrix {
  for (const name of ['obs', 'var']) {
    if (file.kindOf(name) === 'group') continue;
    const what =
      file.kindOf(name) === 'dataset'
        ? `${name} is a table as anndata wrote it before version 0.7: open the file with a newer one and write it again`
        : `an .h5ad file must hold ${name}, which is not there`;
    throw malformed(what, file);
  }
  const { path, genes: genesPath, notes } = chooseLayer(file, options);
  const matrix = readMatrix(file, path, options);
  const obs = readFrame(file, 'obs');
  const genes = genesOf(file, genesPath);
  if (matrix.rowCount !== obs.index.length || matrix.columnCount !== genes.ids.length)
    throw malformed(
      `${path} must be ${obs.index.length} samples × ${genes.ids.length} genes, as obs and var say, got ${matrix.rowCount} × ${matrix.columnCount}`,
      file,
    );
  return {
    format: 'h5ad',
    file: file.name,
    matrix,
    genes,
    samples: obs.index,
    about: { file: `obs of ${file.name}`, columns: obs.columns },
    logged: path === 'X' && file.kindOf('uns/log1p') !== undefined,
    notes,
  };
}

function chooseLayer(file: Hdf5File, { layer }: CountOptions) {
  const layers = file.kindOf('layers') === 'group' ? file.keysOf('layers') : [];
  const others = [...layers, ...(file.kindOf('raw/X') === undefined ? [] : ['raw'])];
  if (layer === undefined || layer === 'X') {
    const message = `The numbers are those of X; the file also holds ${others.join(', ')}.`;
    const note: DataNote = { kind: 'guessed', code: 'layer', message, option: 'layer' };
    return { path: 'X', genes: 'var', notes: others.length > 0 ? [note] : [] };
  }
  if (!others.includes(layer)) {
    const known = ['X', ...others].join(', ');
    throw new RangeError(`fromCounts: layer must be one of ${known}, got ${JSON.stringify(layer)}.`);
  }
  return layer === 'raw' && !layers.includes('raw')
    ? { path: 'raw/X', genes: 'raw/var', notes: [] }
    : { path: `layers/${layer}`, genes: 'var', notes: [] };
}

function readMatrix(file: Hdf5File, path: string, { limits = {} }: CountOptions): SparseMatrix {
  const kind = file.kindOf(path);
  if (kind === 'dataset') return readDense(file, path, limits);
  if (kind === undefined) throw malformed(`an .h5ad file must hold ${path}, which is not there`, file);
  // anndata before 0.7 named them otherwise
  const encoding = file.attribute(path, 'encoding-type')?.[0] ?? file.attribute(path, 'h5sparse_format')?.[0];
  const shape = file.attribute(path, 'shape') ?? file.attribute(path, 'h5sparse_shape');
  const along = /^csr/.test(String(encoding))
    ? 'rows'
    : /^csc/.test(String(encoding))
      ? 'columns'
      : undefined;
  if (along === undefined || shape?.length !== 2)
    throw malformed(`${path} must be dense or a CSR or CSC matrix, got ${String(encoding)}`, file);
  const [rowCount, columnCount] = shape.map(Number) as [number, number]; // its length is 2
  return readSparseGroup(file, { path, rowCount, columnCount, along }, limits);
}

const idColumns = ['gene_ids', 'gene_id', 'ensembl_id', 'ensembl', 'ensemblid'];
const nameColumns = ['feature_name', 'gene_name', 'gene_names', 'gene_symbols', 'gene_symbol', 'symbol'];

/** The index of `var` holds names or identifiers; a column may hold the other. */
function genesOf(file: Hdf5File, path: string): Genes {
  const { index, columns } = readFrame(file, path);
  const named = (names: readonly string[]) => {
    const places = columns.map(({ name }) => names.indexOf(name.toLowerCase())).filter((place) => place >= 0);
    return columns.find(({ name }) => name.toLowerCase() === names[Math.min(...places)])?.values;
  };
  const types = named(['feature_types', 'feature_type']);
  const isId = index.filter((name) => /^ENS[A-Z]*G\d/.test(name)).length * 2 > index.length;
  return {
    names: isId ? (named(nameColumns) ?? index) : index,
    ids: isId ? index : (named(idColumns) ?? index),
    ...(types === undefined ? {} : { types }),
  };
}

function malformed(what: string, file: Hdf5File): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file: file.name });
}
