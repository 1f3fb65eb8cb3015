import type { Verify } from './byte-record.js';
import { Checkpoint } from './checkpoint.js';
import { CheckpointError } from './errors.js';
import { defaultLimits, type Limits } from './limits.js';
import { nodeBuiltin } from './node-builtins.js';
import { openFormat } from './open-format.js';
import type { OnUnknown } from './pytorch-globals.js';
import { blobSource } from './sources/blob.js';
import type { ByteSource } from './sources/byte-source.js';
import { fileSource } from './sources/file.js';
import { memorySource } from './sources/memory.js';

/** What `open` reads from. Strings are paths, unless they begin with http:// or https://. */
export type OpenSource = string | URL | Blob | ArrayBuffer | Uint8Array | ByteSource;

/** How a checkpoint is opened. */
export interface OpenOptions {
  /** default `crc`: whole records are read and their checksums compared */
  verify?: Verify;
  limits?: Partial<Limits>;
  /** objects that are no data, in pickles; default `error` */
  onUnknown?: OnUnknown;
  /** how messages call it, and the extension that tells formats apart where bytes cannot */
  name?: string;
  signal?: AbortSignal;
}

/**
 * Opens a checkpoint of any format: finds out what it is and what it holds, and reads no tensor yet.
 *
 * @returns to be closed by the caller
 * @throws CheckpointError if the file is not a checkpoint, damaged, or asks for anything but data
 */
export async function open(source: OpenSource, options: OpenOptions = {}): Promise<Checkpoint> {
  const bytes = await sourceOf(source, options);
  const { verify = 'crc', onUnknown = 'error', signal } = options;
  try {
    const file = await openFormat(bytes, {
      verify,
      onUnknown,
      signal,
      limits: defaultLimits(options.limits),
    });
    return new Checkpoint(file, bytes, verify);
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function sourceOf(source: OpenSource, { name }: OpenOptions): Promise<ByteSource> {
  if (typeof source === 'string') return fileSource(source);
  if (source instanceof URL && source.protocol === 'file:') {
    return fileSource(nodeBuiltin('node:url')?.fileURLToPath(source) ?? source.href);
  }
  if (source instanceof Uint8Array) return memorySource(source, name);
  if (source instanceof ArrayBuffer) return memorySource(new Uint8Array(source), name);
  if (typeof Blob !== 'undefined' && source instanceof Blob) return blobSource(source, name);
  if (typeof source === 'object' && 'read' in source && 'size' in source) return source;
  throw new CheckpointError(
    'unsupported-format',
    `cannot be opened: ${Object.prototype.toString.call(source)}`,
  );
}
