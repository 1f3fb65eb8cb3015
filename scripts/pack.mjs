// `npm run pack`: every public package as a tarball, to try this checkout in a project of yours as if it were released.
// `npm run pack -- FOLDER` puts them elsewhere than in `.cache/packed`.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packPublic } from './packed.mjs';
import { root } from './workspace.mjs';

const folder = process.argv[2] === undefined ? join(root, '.cache', 'packed') : resolve(process.argv[2]);
// packing empties the folder first, and it may be one of yours
const strange = listed(folder).filter((name) => !/^warmstart-.*\.tgz$/.test(name));
if (strange.length > 0) {
  process.stderr.write(
    `pack: ${folder} must be new or hold tarballs only, it has ${strange[0]}. Name another.\n`,
  );
  process.exit(2);
}
const packed = packPublic(folder);
process.stdout.write(
  `${packed.map(({ tarball }) => tarball).join('\n')}\n\n` +
    'In a project of yours, name what you want and the packages that it needs in one command, for example\n' +
    `  npm install ${join(folder, 'warmstart-{core-checkpoint,nn,models}-*.tgz')} @tensorflow/tfjs@4.22.0\n`,
);

function listed(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
