/** A file that can be read, any number of times, wherever it lies. */
export interface DataFile {
  /** With `/` between folders, from the folder or archive it was found in. */
  readonly path: string;
  /** Undefined where only reading tells. */
  readonly sizeBytes: number | undefined;
  /** Its bytes, from `start` on where the file allows it (see `seekable`). */
  stream(start?: number): AsyncIterable<Uint8Array>;
  /** Whether `stream(start)` may begin anywhere. */
  readonly seekable: boolean;
  /** Unpacks gzip faster than this package's own way, where the place the file lies in can. */
  readonly gunzip?: (packed: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** Files of one data set: a folder, some chosen files, or some made in memory. */
export interface DataFiles {
  list(): AsyncIterable<DataFile>;
}

const CHUNK_BYTES = 65_536;

/** Files from bytes in memory, e.g. `memoryFiles({ 'test.csv': bytes })`. */
export function memoryFiles(files: Readonly<Record<string, Uint8Array | string>>): DataFiles {
  const list = Object.entries(files).map(([path, content]) =>
    memoryFile(path, typeof content === 'string' ? new TextEncoder().encode(content) : content),
  );
  return { list: () => each(list) };
}

/** @internal */
export function memoryFile(path: string, bytes: Uint8Array): DataFile {
  return {
    path,
    sizeBytes: bytes.length,
    seekable: true,
    async *stream(start = 0) {
      for (let at = start; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}

/**
 * Files a person chose or dropped in a browser. Of a chosen folder, paths begin within it, as those of
 * `folder(path)` do.
 */
export function blobFiles(
  files: Iterable<Blob & { readonly name?: string; readonly webkitRelativePath?: string }>,
): DataFiles {
  const blobs = [...files];
  const roots = new Set(blobs.map(({ webkitRelativePath = '' }) => webkitRelativePath.split('/')[0]));
  const [root = ''] = roots.size === 1 ? roots : [];
  const list = blobs.map(
    (blob, i): DataFile => ({
      path: blob.webkitRelativePath?.slice(root === '' ? 0 : root.length + 1) || blob.name || `file-${i}`,
      sizeBytes: blob.size,
      seekable: true,
      stream: (start = 0) => readStream(blob.slice(start).stream()),
    }),
  );
  return { list: () => each(list) };
}

async function* each<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* values;
}

/** @internal A web stream as an async iterable that cancels the stream when left early. */
export async function* readStream(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!finished) await reader.cancel().catch(() => {}); // the reason to leave is already known
    reader.releaseLock();
  }
}
