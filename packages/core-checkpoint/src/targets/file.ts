import { nodeBuiltin } from '../node-builtins.js';
import type { ByteTarget } from './byte-target.js';
import type { EncodedFile } from './encoded-file.js';

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
 * disk, renamed over it, and the folder flushed. Killed at any moment, the old file or the new one is whole.
 */
export function fileTarget(path: string, fileSystem?: FileSystem): ByteTarget {
  const fs = fileSystem ?? nodeBuiltin('node:fs/promises');
  const nodePath = nodeBuiltin('node:path');
  if (!fs || !nodePath) {
    throw new TypeError(
      `save: paths need Node, got "${path}". In a browser, use opfsTarget or indexedDbTarget.`,
    );
  }
  return {
    name: nodePath.basename(path),
    async write(file) {
      const absolute = nodePath.resolve(path);
      const folder = nodePath.dirname(absolute);
      const temporary = nodePath.join(folder, `.${nodePath.basename(absolute)}.${temporarySuffix()}.tmp`);
      try {
        const handle = await fs.open(temporary, 'wx');
        try {
          await writeChunks(handle, file);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await fs.rename(temporary, absolute);
      } catch (cause) {
        await fs.unlink(temporary).catch(() => {}); // it may never have come to be
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(
          `save: ${path} must be writable, got ${reason}. What was there before is unchanged.`,
          { cause },
        );
      }
      await syncFolder(fs, folder);
    },
  };
}

/** Unique among processes and saves; it names a temporary file and reaches no saved byte. */
function temporarySuffix(): string {
  return crypto.randomUUID().slice(0, 13);
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
