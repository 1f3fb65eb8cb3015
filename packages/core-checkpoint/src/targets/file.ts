import { CheckpointError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import type { ByteTarget } from './byte-target.js';
import type { EncodedFile } from './encoded-file.js';
import { collectLeftovers, temporaryName } from './leftovers.js';

/** The calls a save makes, as `node:fs/promises` has them. Tests pass their own and stop at each. */
export interface FileSystem {
  open(path: string, flags: string): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** What a save asks of an open file or folder. */
interface OpenFile {
  writev(chunks: readonly Uint8Array[]): Promise<{ bytesWritten: number }>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

const batchBytes = 4 * 2 ** 20;

/**
 * A file that is replaced in one step: written beside its place under a name of its own, flushed to the
 * disk, renamed over it, and the folder flushed. Killed at any moment, the old file or the new one is whole. What
 * killed savers left in the folder is removed first.
 */
export function fileTarget(path: string, fileSystem?: FileSystem): ByteTarget {
  return {
    name: pathOf(path).basename(path),
    async write(file) {
      await collectLeftovers(pathOf(path).dirname(pathOf(path).resolve(path)));
      const staged = await stageFile(path, file, fileSystem);
      await staged.commit();
    },
  };
}

/** A file that is whole on the disk, beside its place. */
export interface StagedFile {
  /** Puts it in its place. */
  commit(): Promise<void>;
  /** Removes it. */
  discard(): Promise<void>;
}

/**
 * Writes a file beside its place and flushes it.
 *
 * @throws CheckpointError `io`, after removing what was written
 */
export async function stageFile(
  path: string,
  file: EncodedFile,
  fileSystem?: FileSystem,
): Promise<StagedFile> {
  const fs = fileSystem ?? nodeBuiltin('node:fs/promises');
  const { resolve, dirname, basename, join } = pathOf(path);
  if (!fs) throw needsNode(path);
  const absolute = resolve(path);
  const temporary = join(dirname(absolute), temporaryName(basename(absolute)));
  const discard = () => fs.unlink(temporary).catch(() => {}); // it may never have come to be
  const guarded = async (run: () => Promise<void>) => {
    try {
      await run();
    } catch (cause) {
      await discard();
      throw writeError(path, cause);
    }
  };
  await guarded(async () => {
    const handle = await fs.open(temporary, 'wx');
    try {
      await writeChunks(handle, file);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return {
    discard,
    async commit() {
      await guarded(() => fs.rename(temporary, absolute));
      await syncFolder(fs, dirname(absolute));
    },
  };
}

function pathOf(path: string): typeof import('node:path') {
  const nodePath = nodeBuiltin('node:path');
  if (!nodePath) throw needsNode(path);
  return nodePath;
}

function needsNode(path: string): TypeError {
  return new TypeError(
    `save: paths need Node, got "${path}". In a browser, use opfsTarget or indexedDbStore.`,
  );
}

/** What a place that cannot be written to says. */
export function writeError(place: string, cause: unknown): CheckpointError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = `cannot be written (${reason}). What was there before is unchanged`;
  return new CheckpointError('io', what, { file: place, during: 'save', cause });
}

/** Small pieces are gathered, so that a state dict of a thousand scalars is not a thousand writes. */
async function writeChunks(handle: OpenFile, file: EncodedFile): Promise<void> {
  let batch: Uint8Array[] = [];
  let size = 0;
  const flush = async () => {
    for (let left = batch; left.length > 0; ) {
      const { bytesWritten } = await handle.writev(left);
      left = dropBytes(left, bytesWritten);
    }
    batch = [];
    size = 0;
  };
  for (const chunk of file.chunks()) {
    batch.push(chunk);
    size += chunk.byteLength;
    if (size >= batchBytes || batch.length >= 256) await flush();
  }
  await flush();
}

function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return chunks.flatMap((chunk) => {
    const gone = Math.min(left, chunk.byteLength);
    left -= gone;
    return gone === chunk.byteLength ? [] : [chunk.subarray(gone)];
  });
}

async function syncFolder(fs: FileSystem, folder: string): Promise<void> {
  // Windows has no way to open a folder; there the rename itself is all there is
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  try {
    await handle.sync();
  } catch {
    // some file systems refuse to flush a folder; the file itself is already safe
  } finally {
    await handle.close();
  }
}
