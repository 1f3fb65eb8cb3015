import { DatasetError } from '../errors.js';
import type { DataFile, DataFiles } from '../files.js';
import { namesText } from '../folders/class-names.js';
import { isHidden } from '../folders/list-files.js';
import type { CountFormat, CountOptions } from './count-options.js';

const endings: readonly (readonly [CountFormat, RegExp])[] = [
  ['h5ad', /\.h5ad$/i],
  ['10x-h5', /\.(h5|hdf5)$/i],
  ['matrix-market', /\.mtx(\.gz)?$/i],
  ['matrix-market', /\.(zip|tar|tar\.gz|tgz)$/i],
  ['csv', /\.csv(\.gz)?$/i],
  ['tsv', /\.(tsv|tab|txt)(\.gz)?$/i],
];

/** What is to be read; of HDF5 also which file. */
interface CountFile {
  readonly format: CountFormat;
  readonly file?: DataFile;
}

/**
 * @internal Finds the format by the ends of names, and the file where a format has only one.
 *
 * @throws DatasetError `missing` where nothing fits, `malformed` for several files of which none is chosen
 */
export async function chooseCountFile(files: DataFiles, options: CountOptions): Promise<CountFile> {
  const { format = 'auto', sampleSet } = options;
  const all: DataFile[] = [];
  for await (const file of files.list()) if (!isHidden(file.path)) all.push(file);
  const found = endings.find(([, ending]) => all.some(({ path }) => ending.test(path)));
  const chosen = format === 'auto' ? found?.[0] : format;
  if (chosen === undefined) {
    const got = all.length === 0 ? 'none' : namesText(all.map(({ path }) => path));
    throw new DatasetError(
      'missing',
      `fromCounts: a matrix (.mtx), an .h5ad or .h5 file or a table (.csv, .tsv) is needed, got ${got}.`,
    );
  }
  if (chosen !== 'h5ad' && chosen !== '10x-h5') return { format: chosen };
  const [, ending = /$/] = endings.find(([name]) => name === chosen) ?? [];
  const fitting = all.filter(({ path }) => ending.test(path));
  const [file, ...others] = fitting.length === 0 && all.length === 1 ? all : fitting;
  if (file === undefined || others.length === 0)
    return file === undefined ? { format: chosen } : { format: chosen, file };
  const names = fitting.map(({ path }) => path);
  const named = fitting.filter(
    ({ path }) => path === sampleSet || path.replace(/\.[^.]*$/, '') === sampleSet,
  );
  if (named.length === 1 && named[0] !== undefined) return { format: chosen, file: named[0] };
  const message = `fromCounts: one file is needed, got ${names.length}: ${namesText(names)}. Pass sampleSet: ${JSON.stringify(names[0])} or another of them.`;
  throw new DatasetError('malformed', message);
}
