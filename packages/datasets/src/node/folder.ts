import type { Dirent } from 'node:fs';
import { DatasetError } from '../errors.js';
import type { DataFile, DataFiles } from '../files.js';
import { requireNode } from '../node-builtins.js';
import { nativeGunzip } from './native-gunzip.js';

/**
 * The files of a folder, in the order of their names, or one file.
 *
 * Links to files and folders are followed, but not one to a folder that it lies in itself, so there is no way in
 * circles. A link to nothing is a file that cannot be read.
 *
 * @throws the system's error (`ENOENT` …) if there is no such file or folder; TypeError in a browser
 */
export function folder(path: string): DataFiles {
  return {
    async *list() {
      const { realpath, stat } = requireNode('node:fs/promises', 'folder');
      const about = await stat(path);
      if (about.isDirectory()) yield* filesOf({ root: path, within: '', above: [await realpath(path)] });
      else yield file(path, requireNode('node:path', 'folder').basename(path), about.size);
    },
  };
}

/** A folder being read, and the real paths of those it lies in, itself included. */
interface Place {
  readonly root: string;
  readonly within: string;
  readonly above: readonly string[];
}

async function* filesOf({ root, within, above }: Place): AsyncGenerator<DataFile, void, undefined> {
  const { opendir, realpath, stat } = requireNode('node:fs/promises', 'folder');
  const { join } = requireNode('node:path', 'folder');
  const entries: Dirent[] = [];
  for await (const entry of await opendir(join(root, within))) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    const location = join(root, path);
    if (entry.isDirectory())
      yield* filesOf({ root, within: path, above: [...above, await realpath(location)] });
    else if (entry.isFile()) yield file(location, path, (await stat(location)).size);
    else if (entry.isSymbolicLink()) {
      const about = await stat(location).catch(() => undefined);
      if (about === undefined) yield deadLink(path);
      else if (about.isFile()) yield file(location, path, about.size);
      else if (about.isDirectory()) {
        const real = await realpath(location);
        if (!above.includes(real)) yield* filesOf({ root, within: path, above: [...above, real] });
      }
    }
  }
}

function deadLink(path: string): DataFile {
  return {
    path,
    sizeBytes: undefined,
    seekable: false,
    // biome-ignore lint/correctness/useYield: there is nothing to give
    async *stream() {
      const message = 'folder: a link must lead to a file, got one that leads to none. Remove or mend it.';
      throw new DatasetError('missing', message, { file: path });
    },
  };
}

function file(location: string, path: string, sizeBytes: number): DataFile {
  return {
    path,
    sizeBytes,
    seekable: true,
    gunzip: (packed) => nativeGunzip(packed, path),
    async *stream(start = 0) {
      const { createReadStream } = requireNode('node:fs', 'folder');
      const stream = createReadStream(location, { start, highWaterMark: 2 ** 18 });
      try {
        yield* stream as AsyncIterable<Uint8Array>;
      } finally {
        stream.destroy();
      }
    },
  };
}
