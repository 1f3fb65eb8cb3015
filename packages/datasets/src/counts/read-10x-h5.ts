import { DatasetError } from '../errors.js';
import type { Hdf5File } from '../formats/hdf5/hdf5-file.js';
import type { CountMatrix } from './count-matrix.js';
import type { CountOptions } from './count-options.js';
import { readSparseGroup } from './read-sparse-group.js';

/**
 * @internal An `.h5` file of 10x Genomics' Cell Ranger: `matrix` since version 3, one group for each genome before.
 *
 * @see https://www.10xgenomics.com/support/software/cell-ranger/latest/analysis/outputs/cr-outputs-h5-matrices
 */
export function read10xH5(file: Hdf5File, { limits = {}, sampleSet }: CountOptions): CountMatrix {
  const path = chooseGroup(file, sampleSet);
  const [geneCount = 0, sampleCount = 0] = file.numbers(`${path}/shape`);
  const matrix = readSparseGroup(
    file,
    { path, rowCount: sampleCount, columnCount: geneCount, along: 'rows' }, // its columns are our rows
    limits,
  );
  const names = (old: string, name: string) => {
    const features = `${path}/features/${name}`;
    return file.strings(file.kindOf(features) === 'dataset' ? features : `${path}/${old}`);
  };
  const types = `${path}/features/feature_type`;
  const genes = {
    ids: names('genes', 'id'),
    names: names('gene_names', 'name'),
    ...(file.kindOf(types) === 'dataset' ? { types: file.strings(types) } : {}),
  };
  const samples = file.strings(`${path}/barcodes`);
  if (genes.ids.length !== geneCount || genes.names.length !== geneCount || samples.length !== sampleCount)
    throw malformed(`the matrix of ${geneCount} × ${sampleCount} must have as many names`, file);
  return { format: '10x-h5', file: file.name, matrix, genes, samples, tables: [], notes: [] };
}

function chooseGroup(file: Hdf5File, wanted: string | undefined): string {
  const groups = file.keysOf('/').filter((name) => file.kindOf(`${name}/indptr`) === 'dataset');
  const chosen = wanted === undefined ? groups : groups.filter((name) => name === wanted);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return only;
  if (groups.length === 0)
    throw malformed(
      'the file must hold a matrix as Cell Ranger or anndata writes it (a group with indptr, or X, obs and var), got none',
      file,
    );
  throw malformed(
    `one genome is needed, got ${groups.join(', ')}. Pass sampleSet: ${JSON.stringify(groups[0])}`,
    file,
  );
}

function malformed(what: string, file: Hdf5File): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file: file.name });
}
