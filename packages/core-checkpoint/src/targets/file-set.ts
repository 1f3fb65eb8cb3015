import { nodeBuiltin } from '../node-builtins.js';
import type { EncodedFile } from './encoded-file.js';
import { type FileSystem, type StagedFile, stageFile, writeError } from './file.js';
import { ageOf, collectLeftovers, isStale } from './leftovers.js';

/**
 * Several files that are one checkpoint, replaced in one step: all but the last are named by their content
 * and put beside what is there; the last, which names them, is then replaced. Killed at any moment, the
 * old checkpoint or the new one is whole. What no index names any more is removed at the end; after a failure,
 * what was written.
 *
 * @param files - contents by name, the index last
 * @param ours - finds, in the text of an index, names that such a save gave, now or before; others are never removed
 * @throws CheckpointError `io`; the old checkpoint is then unchanged
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
  await fs.mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
  await collectLeftovers(folder);
  const before = await namedIn();
  const staged: { name: string; file: StagedFile }[] = [];
  let placed = 0;
  try {
    for (const [name, file] of files)
      staged.push({ name, file: await stageFile(path.join(folder, name), file, fileSystem) });
    for (const { file } of staged) {
      await file.commit();
      placed += 1;
    }
  } catch (error) {
    for (const { file } of staged.slice(placed)) await file.discard();
    const named = await namedIn();
    for (const { name } of staged.slice(0, placed))
      if (!named.has(name) && name !== files.at(-1)?.[0])
        await fs.rm(path.join(folder, name), { force: true });
    throw error;
  }
  // another saver may have come in between: what its index names stays
  const after = await namedIn();
  for (const name of await fs.readdir(folder)) {
    if (after.has(name) || name.match(ours)?.[0] !== name) continue;
    const place = path.join(folder, name);
    // a file that no index names may belong to a saver at work, until it is old
    if (before.has(name) || isStale(await ageOf(fs, place))) await fs.rm(place, { force: true });
  }
}

async function textOf(fs: typeof import('node:fs/promises'), path: string): Promise<string> {
  return fs.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
}
