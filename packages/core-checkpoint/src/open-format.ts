import type { ReadOptions } from './byte-record.js';
import { type CheckpointError, refusalsOf } from './errors.js';
import type { Limits } from './limits.js';
import type { OpenedFile } from './opened-file.js';
import type { OnUnknown } from './pytorch-globals.js';
import { openPytorchZip } from './pytorch-zip.js';
import { openSafetensors, safetensorsHeaderLength } from './safetensors.js';
import { type ByteSource, readRange } from './sources/byte-source.js';
import { zipArchive } from './zip-archive.js';
import { readZipDirectory } from './zip-directory.js';

/** How a format's reader works. */
export interface FormatOptions extends ReadOptions {
  readonly limits: Limits;
  readonly onUnknown: OnUnknown;
}

const headBytes = 512;

/** Finds out what a file is by its content, and has the right reader open it. */
export async function openFormat(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const head = await readRange(source, 0, Math.min(headBytes, source.size), options.signal);
  if (startsWith(head, [0x50, 0x4b])) return openZip(source, options);
  if (safetensorsHeaderLength(head, source.size) !== undefined) {
    return openSafetensors(source, options.limits, options);
  }
  throw unknown(source, head);
}

async function openZip(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const entries = await readZipDirectory(source, options.limits, options.signal);
  const archive = zipArchive(source, entries, options.limits);
  const pickles = entries.filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle) throw archive.refuse('unknown-format', 'is a zip archive, but of no checkpoint');
  return openPytorchZip(archive, pickle.name.slice(0, -'data.pkl'.length), options);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

function unknown(source: ByteSource, head: Uint8Array): CheckpointError {
  const first = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return refusalsOf(source.name)(
    'unknown-format',
    `is of no known format; it begins with ${first || 'nothing'}`,
  );
}
