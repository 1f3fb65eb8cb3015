import type { DataFiles, Dataset } from '@warmstart/datasets';
import { blobFiles, folder } from '@warmstart/datasets';

/** A path (in Node), the name of a data set that ships, files that someone chose, or a data set. */
export type RowsSource = string | Blob | readonly Blob[] | DataFiles | Dataset;

/** Whether a string is the path of something that is there; in a browser nothing is. */
export async function isPathThere(path: string): Promise<boolean> {
  if (!hasNode()) return false;
  try {
    for await (const _ of folder(path).list()) return true;
    return true; // an empty folder is there
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}

function hasNode(): boolean {
  const host = globalThis as { process?: { getBuiltinModule?: unknown } };
  return typeof host.process?.getBuiltinModule === 'function';
}

function isNotThere(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return (
    code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE'
  );
}

/** @throws TypeError for anything but files */
export function filesOf(source: Exclude<RowsSource, Dataset>): DataFiles {
  if (typeof source === 'string') return folder(source);
  if (source instanceof Blob) return blobFiles([source]);
  if (Array.isArray(source) && source.every((file) => file instanceof Blob)) return blobFiles(source);
  if (typeof source === 'object' && source !== null && 'list' in source) return source;
  throw new TypeError(
    `readRows: source must be a path, a File or Blob, an array of them, files of @warmstart/datasets, a data set or its name, got ${source === null ? 'null' : typeof source}.`,
  );
}
