import { type EncodedFile, encodedBytes } from './encoded-file.js';
import type { StateDict } from './named-tensor.js';
import { nodeBuiltin } from './node-builtins.js';
import { encodeNpz } from './npz.js';
import { encodePytorch } from './pytorch-writer.js';
import { encodeSafetensors } from './safetensors-writer.js';
import { sha256 } from './sha256.js';
import type { ByteTarget } from './targets/byte-target.js';
import { fileTarget } from './targets/file.js';
import { encodeTfjs } from './tfjs-model.js';

/** Formats of one file. */
export type FileFormat = 'pytorch' | 'safetensors' | 'npz';

/** Everything `save` writes: `tfjs` is a folder. */
export type SaveFormat = FileFormat | 'tfjs';

/** How a state dict is saved. */
export interface SaveOptions {
  /** default: by the extension of the target */
  format?: SaveFormat;
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
 * @param target - a path ending in .pt, .pth, .bin, .npz or .safetensors; a folder, which becomes a
 *   TensorFlow.js model (`model.json` and shards); or a `ByteTarget`
 * @throws CheckpointError, RangeError or TypeError before anything is written, if the format cannot hold
 *   the dict
 */
export async function save(
  target: string | ByteTarget,
  dict: StateDict,
  options: SaveOptions = {},
): Promise<SaveResult> {
  if (typeof target === 'string' && (options.format ?? formatOf(target)) === 'tfjs')
    return saveFolder(target, dict, options);
  const place = typeof target === 'string' ? fileTarget(target) : target;
  const file = encode(place.name, dict, options);
  await place.write(file);
  return resultOf(file, options);
}

async function saveFolder(folder: string, dict: StateDict, options: SaveOptions): Promise<SaveResult> {
  refuseMetadata(options.metadata, 'tfjs');
  const [fs, path] = [nodeBuiltin('node:fs/promises'), nodeBuiltin('node:path')];
  if (!fs || !path)
    throw new TypeError(`save: folders need Node, got "${folder}". In a browser, save one file.`);
  const files = await encodeTfjs(dict);
  await fs.mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await fileTarget(path.join(folder, name)).write(encodedFrom(bytes));
  return resultOf(encodedFrom(...files.map(([, bytes]) => bytes)), options);
}

function encodedFrom(...parts: Uint8Array[]): EncodedFile {
  return { byteLength: parts.reduce((sum, { byteLength }) => sum + byteLength, 0), chunks: () => parts };
}

async function resultOf(file: EncodedFile, { digest }: SaveOptions): Promise<SaveResult> {
  const hash = digest ? await sha256(encodedBytes(file)) : undefined;
  return { byteLength: file.byteLength, ...(hash && { sha256: hash }) };
}

/**
 * A state dict as the bytes of a file, for downloads and for elsewhere.
 *
 * @param format - "safetensors", "pytorch" or "npz"
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
  refuseMetadata(metadata, chosen);
  if (chosen === 'tfjs')
    throw new RangeError('save: a TensorFlow.js model is a folder, got a single target. Save to a path.');
  return chosen === 'npz' ? encodeNpz(dict) : encodePytorch(dict);
}

function refuseMetadata(metadata: SaveOptions['metadata'], format: SaveFormat): void {
  if (!metadata || Object.keys(metadata).length === 0) return;
  throw new RangeError(
    `save: only safetensors keeps metadata, got some for ${format}. Save as .safetensors.`,
  );
}

function formatOf(name: string): SaveFormat {
  const extension = /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? '';
  if (extension === '' || /[/\\]$/.test(name)) return 'tfjs';
  if (extension === '.safetensors') return 'safetensors';
  if (extension === '.npz') return 'npz';
  if (['.pt', '.pth', '.bin'].includes(extension)) return 'pytorch';
  throw new RangeError(
    `save: the extension must be .safetensors, .pt, .pth, .bin or .npz, or none for a folder, got "${name}". Or pass { format }.`,
  );
}
