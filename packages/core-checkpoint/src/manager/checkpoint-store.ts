import { CheckpointError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import { blobSource } from '../sources/blob.js';
import type { ByteSource } from '../sources/byte-source.js';
import { fileSource } from '../sources/file.js';
import type { ByteTarget } from '../targets/byte-target.js';
import type { EncodedFile } from '../targets/encoded-file.js';
import { fileTarget } from '../targets/file.js';
import { collectLeftovers } from '../targets/leftovers.js';
import { opfsTarget } from '../targets/opfs.js';
import { blobNames, openFileDatabase, readBlob, removeBlob, writeBlob } from './indexed-db.js';

/** A place for several checkpoints: a folder, a folder of the browser, a database. */
export interface CheckpointStore {
  names(): Promise<string[]>;
  /** for `open` @throws CheckpointError `not-found` */
  source(name: string): Promise<ByteSource>;
  /** for `save` */
  target(name: string): ByteTarget;
  remove(name: string): Promise<void>;
  /** Removes what savers that were killed left behind, where a store can know. */
  collect?(): Promise<void>;
}

/** A folder on disk, made when the first checkpoint is saved. Node only. */
export function folderStore(folder: string): CheckpointStore {
  const [fs, path] = [nodeBuiltin('node:fs/promises'), nodeBuiltin('node:path')];
  if (!fs || !path)
    throw new TypeError(`folderStore: folders need Node, got "${folder}". In a browser, use opfsStore.`);
  const within = (name: string) => path.join(folder, name);
  return {
    names: () =>
      fs
        .readdir(folder)
        .catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error))),
    source: (name) => fileSource(within(name)),
    target: (name) => ({
      name,
      async write(file) {
        await fs.mkdir(folder, { recursive: true });
        await fileTarget(within(name)).write(file);
      },
    }),
    remove: (name) => fs.rm(within(name), { force: true }),
    collect: () => collectLeftovers(folder),
  };
}

/** A folder of the origin private file system, e.g. `await navigator.storage.getDirectory()`. */
export function opfsStore(folder: FileSystemDirectoryHandle): CheckpointStore {
  return {
    async names() {
      const names: string[] = [];
      // the iterator is newer than TypeScript's declaration of the handle
      const listed = folder as unknown as { keys(): AsyncIterable<string> };
      for await (const name of listed.keys()) names.push(name);
      return names;
    },
    async source(name) {
      const handle = await folder.getFileHandle(name).catch((cause: unknown) => {
        throw missing(name, cause);
      });
      return blobSource(await handle.getFile(), name);
    },
    target: (name) => opfsTarget(folder, name),
    remove: (name) => folder.removeEntry(name),
  };
}

/** A database of the browser, made where it is not yet there. */
export function indexedDbStore(databaseName: string): CheckpointStore {
  const using = async <Result>(run: (database: IDBDatabase) => Promise<Result>): Promise<Result> => {
    const database = await openFileDatabase(databaseName);
    try {
      return await run(database);
    } finally {
      database.close();
    }
  };
  return {
    names: () => using(blobNames),
    source: (name) =>
      using(async (database) => {
        const blob = await readBlob(database, name);
        if (!blob) throw missing(name);
        return blobSource(blob, name);
      }),
    target: (name) => ({
      name,
      write: (file) => using((database) => writeBlob(database, name, blobOf(file))),
    }),
    remove: (name) => using((database) => removeBlob(database, name)),
  };
}

function blobOf(file: EncodedFile): Blob {
  return new Blob([...file.chunks()] as Uint8Array<ArrayBuffer>[]);
}

function missing(name: string, cause?: unknown): CheckpointError {
  return new CheckpointError('not-found', 'no such file', { file: name, hint: 'Check the name.', cause });
}
