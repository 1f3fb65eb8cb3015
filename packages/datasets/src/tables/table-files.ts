import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import type { DataFile, DataFiles } from '../files.js';
import { markedOrigin } from '../origin-marker.js';
import type { OwnFiles } from '../own-files.js';
import { asFiles } from '../own-files.js';

/** What was found out about files before any is read. */
export interface FoundFiles {
  readonly files: DataFiles;
  readonly origin: Origin;
  /** Of those that count. */
  readonly paths: readonly string[];
  /** Of those that count together; undefined where not known. */
  readonly sizeBytes: number | undefined;
}

/**
 * @internal The files whose names fit, in the order of their paths; a single file is taken whatever its name.
 * Archives are kept: whoever reads looks into them.
 *
 * @throws TypeError for anything but files; DatasetError `missing` where none fits
 */
export async function findFiles(given: OwnFiles, names: RegExp, caller: string): Promise<FoundFiles> {
  const found: DataFile[] = [];
  const all: DataFile[] = [];
  let origin: Origin = 'official';
  for await (const file of asFiles(given, caller).list()) {
    const marked = markedOrigin(file.path);
    if (marked !== undefined) origin = marked;
    else all.push(file);
    if (names.test(file.path) || archive.test(file.path)) found.push(file);
  }
  const kept = found.length === 0 && all.length === 1 ? all : found;
  if (kept.length === 0) {
    const shown = all.slice(0, 5).map(({ path }) => path);
    const message = `${caller}: a file named like ${names.source} is needed, got ${shown.join(', ') || 'none'}${all.length > 5 ? ` and ${all.length - 5} more` : ''}.`;
    throw new DatasetError('missing', message);
  }
  kept.sort((a, b) => (a.path < b.path ? -1 : 1));
  const sizes = kept.map(({ sizeBytes }) => sizeBytes ?? Number.NaN);
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    origin,
    paths: kept.map(({ path }) => path),
    sizeBytes: Number.isNaN(sizeBytes) ? undefined : sizeBytes,
    files: {
      async *list() {
        yield* kept;
      },
    },
  };
}

const archive = /\.(tar|tar\.gz|tgz|zip)$/i;
