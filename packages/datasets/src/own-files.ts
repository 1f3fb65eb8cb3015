import type { DataFiles } from './files.js';
import { blobFiles } from './files.js';

/** Where a person's own files are: `folder(path)` on Node, `blobFiles(input.files)` or one Blob in browsers. */
export type OwnFiles = DataFiles | Blob;

/**
 * @internal
 * @throws TypeError for anything but files
 */
export function asFiles(given: OwnFiles, caller: string, what = 'files'): DataFiles {
  if (typeof given === 'object' && given !== null) {
    if ('list' in given && typeof given.list === 'function') return given;
    if (typeof Blob !== 'undefined' && given instanceof Blob) return blobFiles([given]);
  }
  const got =
    typeof given === 'string' ? `the string ${JSON.stringify(String(given).slice(0, 40))}` : typeof given;
  throw new TypeError(
    `${caller}: ${what} must be given as folder(path) of @warmstart/datasets/node, blobFiles(files), memoryFiles({ name: text }) or a Blob, got ${got}.`,
  );
}
