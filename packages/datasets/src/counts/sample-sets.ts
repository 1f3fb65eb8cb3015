import { DatasetError } from '../errors.js';
import { namesText } from '../folders/class-names.js';

/** The files that belong to one matrix, by their paths. */
export interface SampleSet {
  /** What its files' names have in common: `GSM1`, or a folder. */
  readonly name: string;
  readonly matrix: string;
  readonly genes: string | undefined;
  readonly barcodes: string | undefined;
}

const endings = {
  matrix: /(matrix)?\.mtx$/i,
  genes: /(features|genes)\.(tsv|txt|csv)$/i,
  barcodes: /barcodes\.(tsv|txt|csv)$/i,
};

/** @internal Whether a path is one of a matrix's own files, and not a table beside it. */
export function isMatrixPart(path: string): boolean {
  return Object.values(endings).some((ending) => ending.test(path));
}

/**
 * @internal Sorts the files of a folder into matrices with their genes and barcodes, and chooses one: `matrix.mtx`, or
 * with the prefix that GEO gives each sample (`GSM1_matrix.mtx`).
 *
 * @param paths - without `.gz`
 * @param wanted - the one to choose where there are several
 * @throws DatasetError `missing` without a matrix, `malformed` for several of which none is chosen
 */
export function chooseSampleSet(paths: readonly string[], wanted: string | undefined): SampleSet {
  const matrices = paths.filter((path) => endings.matrix.test(path));
  if (matrices.length === 0) {
    const got = paths.length === 0 ? 'none' : namesText(paths);
    throw new DatasetError(
      'missing',
      `fromCounts: a file named like matrix.mtx or matrix.mtx.gz is needed, got ${got}.`,
    );
  }
  const sets = matrices.map((matrix) => setOf(matrix, paths, matrices.length === 1));
  const [only] = sets;
  if (only !== undefined && sets.length === 1 && wanted === undefined) return only;
  const names = sets.map(({ name }) => name);
  const chosen = sets.filter(
    ({ name }) => wanted !== undefined && (name === wanted || name.endsWith(`/${wanted}`)),
  );
  if (chosen.length === 1 && chosen[0] !== undefined) return chosen[0];
  if (wanted !== undefined)
    throw new RangeError(
      `fromCounts: sampleSet must be one of ${namesText(names)}, got ${JSON.stringify(wanted)}.`,
    );
  const message = `fromCounts: one matrix is needed, got ${sets.length}: ${namesText(names)}. Pass sampleSet: ${JSON.stringify(names[0])} or another of them.`;
  throw new DatasetError('malformed', message);
}

function setOf(matrix: string, paths: readonly string[], alone: boolean): SampleSet {
  const key = keyOf(matrix, endings.matrix);
  const find = (ending: RegExp) => {
    // Cell Ranger's features.tsv says more than the genes.tsv of older versions
    const all = paths.filter((path) => ending.test(path)).sort((a) => (/features\.[^/]*$/i.test(a) ? -1 : 1));
    const same = all.filter((path) => keyOf(path, ending) === key);
    // of a matrix with a name of its own, the files in its folder
    const near = all.filter((path) => keyOf(path, ending) === key.slice(0, key.lastIndexOf('/') + 1));
    return same[0] ?? near[0] ?? (alone && all.length === 1 ? all[0] : undefined);
  };
  return {
    name: key.replace(/[/_.-]+$/, '') || matrix,
    matrix,
    genes: find(endings.genes),
    barcodes: find(endings.barcodes),
  };
}

/** The beginning that the files of one matrix share: folders, and GEO's prefix. */
function keyOf(path: string, ending: RegExp): string {
  return path.replace(ending, '');
}
