import { nodeBuiltin } from '../node-builtins.js';
import type { EncodedFile } from './encoded-file.js';
import { type FileSystem, fileTarget } from './file.js';

/**
 * Several files that are one checkpoint, replaced in one step: all but the last are named by their content
 * and written beside what is there; the last, which names them, is then replaced. Killed at any moment, the
 * old checkpoint or the new one is whole. What only the old one named is removed at the end.
 *
 * @param files - contents by name, the index last
 * @param ours - finds, in the text of an index, names that such a save gave; others are never removed
 */
export async function writeFileSet(
  folder: string,
  files: readonly (readonly [string, EncodedFile])[],
  ours: RegExp,
  fileSystem?: FileSystem,
): Promise<void> {
  const [fs, path] = [nodeBuiltin('node:fs/promises'), nodeBuiltin('node:path')];
  if (!fs || !path) {
    throw new TypeError(`save: several files need Node, got "${folder}". In a browser, save one file.`);
  }
  const index = path.join(folder, files.at(-1)?.[0] ?? '');
  const namedIn = async () => new Set((await textOf(fs, index)).match(ours) ?? []);
  await fs.mkdir(folder, { recursive: true });
  const before = await namedIn();
  for (const [name, file] of files) await fileTarget(path.join(folder, name), fileSystem).write(file);
  // another saver may have come in between: what its index names stays
  const after = await namedIn();
  for (const name of before) if (!after.has(name)) await fs.rm(path.join(folder, name), { force: true });
}

async function textOf(fs: typeof import('node:fs/promises'), path: string): Promise<string> {
  return fs.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
