import type { Origin } from '../card.js';
import type { DataFile, DataFiles } from '../files.js';
import { markedOrigin } from '../origin-marker.js';
import { asFiles, type OwnFiles } from '../own-files.js';
import { walk } from '../walk.js';
import type { FolderOptions } from './folder-options.js';

/** A file by its name; not read yet. */
export interface ListedFile {
  readonly path: string;
  readonly sizeBytes: number | undefined;
  /** Present for a file of its own, which can be opened at any time; absent for one within an archive. */
  readonly file?: DataFile;
}

/** Everything that lies in a folder, or in archives in it. */
export interface FileList {
  readonly files: readonly ListedFile[];
  /** Hidden files and those that systems leave behind: `.DS_Store`, `Thumbs.db`. */
  readonly hiddenCount: number;
  readonly origin: Origin;
  /** Whether some lie in an archive, so that they can only be read in turn. */
  readonly packed: boolean;
}

const archive = /\.(tar|tar\.gz|tgz|zip)$/i;

/** @internal The files of a folder and of the archives in it, by name. */
export async function listFiles(given: OwnFiles, options: FolderOptions, caller: string): Promise<FileList> {
  const { limits = {}, onEvent = () => {}, signal } = options;
  const source = asFiles(given, caller);
  const all: ListedFile[] = [];
  let origin: Origin = 'official';
  let packed = false;
  for await (const file of source.list()) {
    signal?.throwIfAborted();
    const marked = markedOrigin(file.path);
    if (marked !== undefined) origin = marked;
    else if (archive.test(file.path)) packed = true;
    else all.push({ path: file.path, sizeBytes: file.sizeBytes, file });
  }
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (packed) {
    all.length = 0;
    for await (const { path, sizeBytes } of walk(source, { limits, onEvent, signal }))
      if (markedOrigin(path) === undefined) all.push({ path, sizeBytes });
  }
  const files = all.filter(({ path }) => !isHidden(path));
  return { files, hiddenCount: all.length - files.length, origin: options.origin ?? origin, packed };
}

/** @internal All but hidden archives. */
export function visibleFiles(files: DataFiles): DataFiles {
  return {
    async *list() {
      for await (const file of files.list())
        if (!(archive.test(file.path) && isHidden(file.path))) yield file;
    },
  };
}

const leftBehind = new Set(['__MACOSX', 'Thumbs.db', 'ehthumbs.db', 'desktop.ini', '@eaDir', '$RECYCLE.BIN']);

/** @internal `.DS_Store`, macOS' `__MACOSX/._…` and the like. */
export function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || leftBehind.has(part));
}
