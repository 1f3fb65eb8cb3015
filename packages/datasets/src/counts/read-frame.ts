import { DatasetError } from '../errors.js';
import type { Hdf5File } from '../formats/hdf5/hdf5-file.js';
import type { SampleColumn } from './count-matrix.js';

/** A data frame as anndata keeps it: the names of its rows, and its columns as words. */
export interface Frame {
  readonly index: readonly string[];
  readonly columns: readonly SampleColumn[];
}

/**
 * @internal `obs` or `var`: text, numbers, yes and no, and categories, in the way of each version since 0.7.
 *
 * @throws DatasetError `malformed` for columns of different lengths and codes outside of the categories
 */
export function readFrame(file: Hdf5File, path: string): Frame {
  const indexName = String(file.attribute(path, '_index')?.[0] ?? '_index');
  const index = readWords(file, path, indexName);
  if (index === undefined) throw malformed(`${path} must name its rows in ${indexName}`, file);
  const order = file.attribute(path, 'column-order')?.map(String) ?? file.keysOf(path);
  const columns = order
    .filter((name) => name !== indexName && name !== '__categories')
    .flatMap((name) => {
      const values = readWords(file, path, name);
      if (values === undefined) return [];
      if (values.length === index.length) return [{ name, values }];
      throw malformed(`${path}/${name} must have ${index.length} values, got ${values.length}`, file);
    });
  return { index, columns };
}

/** A column's values as words; undefined for kinds of columns that hold neither words nor numbers. */
function readWords(file: Hdf5File, frame: string, name: string): readonly string[] | undefined {
  const path = `${frame}/${name}`;
  const kind = file.kindOf(path);
  if (kind === undefined) throw malformed(`${frame} must hold the column ${name}, which is not there`, file);
  if (kind === 'dataset') {
    const old = `${frame}/__categories/${name}`;
    if (file.kindOf(old) === 'dataset') return categories(file, path, old);
    return plainWords(file, path);
  }
  if (file.kindOf(`${path}/codes`) === 'dataset')
    return categories(file, `${path}/codes`, `${path}/categories`);
  if (file.kindOf(`${path}/values`) !== 'dataset') return undefined;
  const values = plainWords(file, `${path}/values`);
  const masked = file.kindOf(`${path}/mask`) === 'dataset' ? file.numbers(`${path}/mask`) : undefined;
  return masked === undefined ? values : values?.map((value, row) => (masked[row] === 0 ? value : ''));
}

function plainWords(file: Hdf5File, path: string): readonly string[] | undefined {
  const content = file.contentOf(path);
  if (content === 'strings') return file.strings(path);
  if (content === 'other' || file.shapeOf(path).length !== 1) return undefined;
  return Array.from(file.numbers(path), (value) => {
    if (content === 'booleans') return value === 0 ? 'False' : 'True';
    return Number.isNaN(value) ? '' : String(value);
  });
}

function categories(file: Hdf5File, codesPath: string, categoriesPath: string): string[] {
  const words = plainWords(file, categoriesPath);
  if (words === undefined) throw malformed(`${categoriesPath} must hold words or numbers`, file);
  return Array.from(file.numbers(codesPath), (code) => {
    if (code === -1) return '';
    const word = words[code];
    if (word !== undefined) return word;
    throw malformed(`${codesPath} must be places among ${words.length} categories, got ${code}`, file);
  });
}

function malformed(what: string, file: Hdf5File): DatasetError {
  return new DatasetError('malformed', `fromCounts: ${what}.`, { file: file.name });
}
