import { type EncodedFile, encodedBytes } from './encoded-file.js';
import type { StateDict } from './named-tensor.js';
import { encodePytorch } from './pytorch-writer.js';
import { encodeSafetensors } from './safetensors-writer.js';
import { sha256 } from './sha256.js';
import type { ByteTarget } from './targets/byte-target.js';
import { fileTarget } from './targets/file.js';

/** Formats of one file. */
export type FileFormat = 'pytorch' | 'safetensors';

/** How a state dict is saved. */
export interface SaveOptions {
  /** default: by the extension of the target */
  format?: FileFormat;
  /** text to text; safetensors only */
  metadata?: Record<string, string>;
  /** also compute the SHA-256 of the file */
  digest?: boolean;
}

/** What was written. */
export interface SaveResult {
  readonly byteLength: number;
  /** of the whole file, if it was asked for */
  readonly sha256?: string;
}

/**
 * Saves tensors, in one step: whatever happens, the old file or the new one is whole.
 * Equal dicts give equal bytes.
 *
 * @param target - a path ending in .pt, .pth, .bin or .safetensors, or a `ByteTarget`
 * @throws RangeError or TypeError before anything is written, if the format cannot hold the dict
 */
export async function save(
  target: string | ByteTarget,
  dict: StateDict,
  options: SaveOptions = {},
): Promise<SaveResult> {
  const place = typeof target === 'string' ? fileTarget(target) : target;
  const file = encode(place.name, dict, options);
  await place.write(file);
  const hash = options.digest ? await sha256(encodedBytes(file)) : undefined;
  return { byteLength: file.byteLength, ...(hash && { sha256: hash }) };
}

/**
 * A state dict as the bytes of a file, for downloads and for elsewhere.
 *
 * @param format - "safetensors" or "pytorch"
 */
export function toBytes(
  dict: StateDict,
  format: FileFormat,
  options: Pick<SaveOptions, 'metadata'> = {},
): Uint8Array<ArrayBuffer> {
  return encodedBytes(encode('', dict, { ...options, format }));
}

function encode(name: string, dict: StateDict, { format, metadata }: SaveOptions): EncodedFile {
  const chosen = format ?? formatOf(name);
  if (chosen === 'safetensors') return encodeSafetensors(dict, metadata);
  if (metadata && Object.keys(metadata).length > 0) {
    throw new RangeError(
      `save: only safetensors keeps metadata, got some for ${chosen}. Save as .safetensors.`,
    );
  }
  return encodePytorch(dict);
}

function formatOf(name: string): FileFormat {
  const extension = /\.[^.]*$/.exec(name)?.[0].toLowerCase() ?? '';
  if (extension === '.safetensors') return 'safetensors';
  if (['.pt', '.pth', '.bin'].includes(extension)) return 'pytorch';
  throw new RangeError(
    `save: the extension must be .safetensors, .pt, .pth or .bin, got "${name}". Or pass { format }.`,
  );
}
