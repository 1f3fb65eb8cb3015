import type { FileHandle } from 'node:fs/promises';
import { CheckpointError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';
import { type ByteRange, type ByteSource, bufferFor } from './byte-source.js';

const chunkBytes = 4 * 2 ** 20;
const aheadBytes = 16 * 2 ** 20;

/**
 * @param path - a regular file
 * @returns a source that keeps the file open until closed
 * @throws CheckpointError `not-found` or `io`
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const fs = nodeBuiltin('node:fs/promises');
  const nodePath = nodeBuiltin('node:path');
  if (!fs || !nodePath) {
    throw new TypeError(`open: paths need Node, got "${path}". In a browser, pass a Blob, a URL or bytes.`);
  }
  const handle = await fs.open(path, 'r').catch((cause: unknown) => {
    throw fileError(path, cause);
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new CheckpointError('io', 'is a folder or device, not a file', {
      file: path,
      hint: 'Name a file in it, such as model.json.',
    });
  }
  return {
    name: path,
    size: stat.size,
    read: (ranges, signal) => readFile(handle, path, ranges, signal),
    sibling: (other) => fileSource(nodePath.join(nodePath.dirname(path), other)),
    close: () => handle.close(),
  };
}

/** While one range is handed over, the next ones are being read, as far as little memory goes. */
async function* readFile(
  handle: FileHandle,
  path: string,
  ranges: readonly ByteRange[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const running: { bytes: Uint8Array<ArrayBuffer>; done: Promise<void> }[] = [];
  let ahead = 0;
  let started = 0;
  const startNext = (range: ByteRange) => {
    const bytes = bufferFor(range);
    const done = fill(handle, path, range, bytes, signal);
    done.catch(() => {}); // awaited below, perhaps after an earlier one has failed
    running.push({ bytes, done });
    ahead += bytes.byteLength;
    started += 1;
  };
  for (let i = 0; i < ranges.length; i++) {
    while (started < ranges.length && (started <= i || (running.length < 4 && ahead < aheadBytes))) {
      startNext(ranges[started] as ByteRange); // started < length
    }
    const next = running.shift();
    if (!next) return;
    await next.done;
    ahead -= next.bytes.byteLength;
    yield next.bytes;
  }
}

/** While one chunk is being read, the one before it is checked: the two cost no more than the slower. */
async function fill(
  handle: FileHandle,
  path: string,
  range: ByteRange,
  bytes: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  let arrived = 0;
  while (arrived < bytes.byteLength) {
    signal?.throwIfAborted();
    const rest = bytes.byteLength - arrived;
    const length = rest < 2 * chunkBytes ? rest : chunkBytes;
    const reading = handle.read(bytes, arrived, length, range.start + arrived);
    reading.catch(() => {}); // awaited below; onArrival may throw first
    if (arrived > 0) range.onArrival?.(bytes, arrived);
    const { bytesRead } = await reading.catch((cause: unknown) => {
      throw fileError(path, cause);
    });
    if (bytesRead === 0) {
      const offset = range.start + arrived;
      throw new CheckpointError('source-changed', `ends at byte ${offset}, earlier than when it was opened`, {
        file: path,
        offset,
        hint: 'Open it again once nothing writes to it.',
      });
    }
    arrived += bytesRead;
  }
  range.onArrival?.(bytes, arrived);
}

function fileError(path: string, cause: unknown): CheckpointError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') {
    return new CheckpointError('not-found', 'no such file', { file: path, hint: 'Check the path.', cause });
  }
  return new CheckpointError('io', `cannot be read (${code ?? String(cause)})`, { file: path, cause });
}
