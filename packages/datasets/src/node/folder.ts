import type { DataFile, DataFiles } from '../files.js';
import { requireNode } from '../node-builtins.js';
import { nativeGunzip } from './native-gunzip.js';

/**
 * The files of a folder, in the order of their names, or one file.
 *
 * Links to files are read; folders are not entered through links, so there is no way in circles.
 *
 * @throws the system's error (`ENOENT` …) if there is no such file or folder; TypeError in a browser
 */
export function folder(path: string): DataFiles {
  return {
    async *list() {
      const about = await requireNode('node:fs/promises', 'folder').stat(path);
      if (about.isDirectory()) yield* filesOf(path, '');
      else yield file(path, requireNode('node:path', 'folder').basename(path), about.size);
    },
  };
}

async function* filesOf(root: string, within: string): AsyncGenerator<DataFile, void, undefined> {
  const { opendir, stat } = requireNode('node:fs/promises', 'folder');
  const { join } = requireNode('node:path', 'folder');
  const entries: { name: string; folder: boolean }[] = [];
  for await (const entry of await opendir(join(root, within))) {
    if (entry.isDirectory() || entry.isFile() || entry.isSymbolicLink()) {
      entries.push({ name: entry.name, folder: entry.isDirectory() });
    }
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = within === '' ? entry.name : `${within}/${entry.name}`;
    if (entry.folder) yield* filesOf(root, path);
    else {
      const about = await stat(join(root, path));
      if (about.isFile()) yield file(join(root, path), path, about.size);
    }
  }
}

function file(location: string, path: string, sizeBytes: number): DataFile {
  return {
    path,
    sizeBytes,
    seekable: true,
    gunzip: (packed) => nativeGunzip(packed, path),
    async *stream(start = 0) {
      const stream = requireNode('node:fs', 'folder').createReadStream(location, {
        start,
        highWaterMark: 2 ** 18,
      });
      try {
        yield* stream as AsyncIterable<Uint8Array>;
      } finally {
        stream.destroy();
      }
    },
  };
}
