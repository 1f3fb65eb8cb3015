import { Checkpoint } from './checkpoint.js';
import { CheckpointError } from './errors.js';
import type { OnUnknown } from './format-options.js';
import type { Hdf5Module } from './hdf5/module.js';
import { defaultLimits, type Limits } from './limits.js';
import { nodeBuiltin } from './node-builtins.js';
import { openFormat } from './open-format.js';
import { blobSource } from './sources/blob.js';
import type { Verify } from './sources/byte-record.js';
import type { ByteSource } from './sources/byte-source.js';
import { fileSource } from './sources/file.js';
import { httpSource } from './sources/http-range.js';
import { type Fetch, withoutSecrets } from './sources/http-request.js';
import { memorySource } from './sources/memory.js';
import { artifactsSource, isArtifacts, type TfjsArtifacts } from './tfjs/artifacts.js';

/**
 * What `open` reads from. Strings are paths, unless they begin with a scheme such as https://. A TensorFlow.js model in
 * memory is what an `IOHandler` loads: `await tf.io.browserIndexedDB('mine').load()`.
 */
export type OpenSource =
  | string
  | URL
  | Blob
  | ArrayBuffer
  | Uint8Array
  | FileSystemFileHandle
  | ByteSource
  | TfjsArtifacts;

/** How a checkpoint is opened. */
export interface OpenOptions {
  /** default `crc`: whole records are read and their checksums compared */
  verify?: Verify;
  limits?: Partial<Limits>;
  /** objects that are no data, in pickles; default `error` */
  onUnknown?: OnUnknown;
  /** how messages call it, and the extension that tells formats apart where bytes cannot */
  name?: string;
  /** for URLs: usually `globalThis.fetch`. No network is touched without it. */
  fetch?: Fetch;
  /** sent with every request for a URL, e.g. an Authorization; never to another host that it redirects to */
  headers?: Record<string, string>;
  /** how long a server may send nothing, in milliseconds; default 30,000 */
  timeoutMs?: number;
  /** for HDF5 and Keras files: `await import('h5wasm')` */
  hdf5?: Hdf5Module;
  /** other files of a checkpoint in pieces, by name, where the source has no folder to look in */
  siblings?: Readonly<Record<string, Blob | ArrayBuffer | Uint8Array>>;
  signal?: AbortSignal;
}

/**
 * Opens a checkpoint of any format: finds out what it is and what it holds, and reads no tensor yet.
 *
 * @returns to be closed by the caller
 * @throws CheckpointError if the file is not a checkpoint, damaged, or asks for anything but data
 */
export async function open(source: OpenSource, options: OpenOptions = {}): Promise<Checkpoint> {
  const { verify = 'crc', onUnknown = 'error', signal, hdf5 } = options;
  const limits = defaultLimits(options.limits);
  const bytes = withSiblings(await sourceOf(source, options, limits), options.siblings);
  try {
    const file = await openFormat(bytes, { verify, onUnknown, signal, limits, hdf5 });
    return new Checkpoint(file, bytes, verify);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function sourceOf(source: OpenSource, options: OpenOptions, limits: Limits): Promise<ByteSource> {
  if (typeof source === 'string' && !/^[a-z][a-z0-9+.-]+:\/\//i.test(source)) return fileSource(source);
  if (typeof source === 'string' || source instanceof URL)
    return remoteSource(String(source), options, limits);
  const memory = memoryOf(source, options.name);
  if (memory) return memory;
  if (isArtifacts(source)) return artifactsSource(source, options.name);
  if ('kind' in source) return blobSource(await source.getFile(), options.name);
  if ('read' in source && 'size' in source) return source;
  throw new TypeError(
    `open: the source must be a path, a URL, a Blob, bytes or a ByteSource, got ${String(source)}.`,
  );
}

async function remoteSource(url: string, options: OpenOptions, limits: Limits): Promise<ByteSource> {
  if (url.startsWith('file:')) return fileSource(nodeBuiltin('node:url')?.fileURLToPath(url) ?? url);
  const { fetch, headers, signal, timeoutMs } = options;
  if (!fetch) {
    throw new TypeError(
      `open: a URL needs a way to fetch it, got "${withoutSecrets(url)}" without one. Pass { fetch }.`,
    );
  }
  return httpSource(url, { fetch, headers, signal, timeoutMs, downloadBytes: limits.downloadBytes });
}

function memoryOf(source: unknown, name: string | undefined): ByteSource | undefined {
  if (source instanceof Uint8Array) return memorySource(source, name);
  if (source instanceof ArrayBuffer) return memorySource(new Uint8Array(source), name);
  return source instanceof Blob ? blobSource(source, name) : undefined;
}

function withSiblings(source: ByteSource, siblings: OpenOptions['siblings']): ByteSource {
  if (!siblings) return source;
  return {
    name: source.name,
    size: source.size,
    read: (ranges, signal) => source.read(ranges, signal),
    close: () => source.close(),
    async sibling(name) {
      const found = Object.hasOwn(siblings, name) ? memoryOf(siblings[name], name) : undefined;
      if (found) return found;
      throw new CheckpointError('not-found', 'is not among the siblings', { file: name });
    },
  };
}
