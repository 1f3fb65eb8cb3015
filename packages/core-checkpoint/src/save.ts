import { CheckpointError } from './errors.js';
import type { LayersModelLike } from './layers/layer-shapes.js';
import { tfjsLayersModel } from './layers/tfjs-topology.js';
import { defaultLimits } from './limits.js';
import { nodeBuiltin } from './node-builtins.js';
import { encodeNpz } from './numpy/npz.js';
import { encodePytorch } from './pytorch/writer.js';
import { encodeShardedSafetensors, isShardIndex, writtenShards } from './safetensors/sharded-writer.js';
import { encodeSafetensors } from './safetensors/writer.js';
import { sha256 } from './sha256.js';
import type { ByteTarget } from './targets/byte-target.js';
import { type EncodedFile, encodedBytes } from './targets/encoded-file.js';
import { fileTarget } from './targets/file.js';
import { writeFileSet } from './targets/file-set.js';
import { checkStateDict, type StateDict } from './tensors/named-tensor.js';
import { encodeTfjs, writtenWeights } from './tfjs/writer.js';

/** Formats of one file. */
export type FileFormat = 'pytorch' | 'safetensors' | 'npz';

/** Everything `save` writes: `tfjs` is a folder, `safetensors-sharded` an index with its shards beside it. */
export type SaveFormat = FileFormat | 'tfjs' | 'safetensors-sharded';

/** How a state dict is saved. */
export interface SaveOptions {
  /** default: by the extension of the target */
  format?: SaveFormat;
  /** text to text; safetensors only, in one file or in shards */
  metadata?: Record<string, string>;
  /** for shards: how many bytes of tensors one holds; default 5 GB */
  shardBytes?: number;
  /** for a folder: the `tf.LayersModel` that the dict is of; its architecture is written too, for `tf.loadLayersModel` */
  layersModel?: LayersModelLike;
  /** also compute the SHA-256 of the file */
  digest?: boolean;
}

/** What was written. */
export interface SaveResult {
  readonly byteLength: number;
  /** of the whole file, or of all its files one after the other, if it was asked for */
  readonly sha256?: string;
}

/**
 * Saves tensors, in one step: whatever happens, the old file or the new one is whole.
 * Equal dicts give equal bytes.
 *
 * @param target - a path ending in .pt, .pth, .bin, .npz or .safetensors, or in .safetensors.index.json
 *   for shards beside it; a folder, which becomes a TensorFlow.js model (`model.json` and shards); or a
 *   `ByteTarget`
 * @throws CheckpointError, RangeError or TypeError before anything is written, if the format cannot hold
 *   the dict
 */
export async function save(
  target: string | ByteTarget,
  dict: StateDict,
  options: SaveOptions = {},
): Promise<SaveResult> {
  checkNames(dict);
  const format = options.format ?? formatOf(typeof target === 'string' ? target : target.name);
  if (options.layersModel && format !== 'tfjs') {
    throw new RangeError(
      `save: layersModel goes with a folder, got ${format}. Save to a path without an extension.`,
    );
  }
  if (typeof target !== 'string') return saveFile(target, dict, options);
  if (format === 'tfjs') return saveFolder(target, dict, options);
  if (format === 'safetensors-sharded') return saveShards(target, dict, options);
  return saveFile(fileTarget(target), dict, options);
}

/** What no format can hold: half a surrogate pair has no bytes in UTF-8. */
function checkNames(dict: StateDict): void {
  checkStateDict('save', dict);
  for (const [key, { shape }] of dict) {
    const refuse = (what: string, hint: string) =>
      new CheckpointError('limit', what, { key, during: 'save', hint });
    if (/\p{Surrogate}/u.test(key))
      throw refuse('is a name with half a character in it', 'Rename the tensor.');
    const { rank } = defaultLimits();
    if (shape?.length > rank) throw refuse(`has ${shape.length} dimensions; ${rank} are read`, 'Reshape it.');
  }
}

async function saveFile(target: ByteTarget, dict: StateDict, options: SaveOptions): Promise<SaveResult> {
  const file = encode(target.name, dict, options);
  await target.write(file);
  return resultOf([file], options);
}

async function saveFolder(folder: string, dict: StateDict, options: SaveOptions): Promise<SaveResult> {
  refuseMetadata(options.metadata, 'tfjs');
  const { layersModel } = options;
  const written = layersModel ? await encodeTfjsModel(layersModel, dict) : await encodeTfjs(dict);
  const files = written.map(([name, bytes]) => [name, encodedFrom(bytes)] as const);
  await writeFileSet(folder, files, writtenWeights);
  return resultOf(
    files.map(([, file]) => file),
    options,
  );
}

function encodeTfjsModel(model: LayersModelLike, dict: StateDict): Promise<[string, Uint8Array][]> {
  const { topology, dict: named } = tfjsLayersModel(model, dict);
  return encodeTfjs(named, { topology });
}

async function saveShards(target: string, dict: StateDict, options: SaveOptions): Promise<SaveResult> {
  const path = nodeBuiltin('node:path');
  if (!path) throw new TypeError(`save: shards need Node, got "${target}". In a browser, save one file.`);
  const files = encodeShardedSafetensors(dict, path.basename(target), options);
  await writeFileSet(path.dirname(target), files, writtenShards(path.basename(target)));
  return resultOf(
    files.map(([, file]) => file),
    options,
  );
}

function encodedFrom(bytes: Uint8Array): EncodedFile {
  return { byteLength: bytes.byteLength, chunks: () => [bytes] };
}

async function resultOf(files: readonly EncodedFile[], { digest }: SaveOptions): Promise<SaveResult> {
  const hash = digest ? await sha256(files.flatMap((file) => [...file.chunks()])) : undefined;
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);
  return { byteLength, ...(hash && { sha256: hash }) };
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
  checkNames(dict);
  return encodedBytes(encode('', dict, { ...options, format }));
}

function encode(name: string, dict: StateDict, { format, metadata }: SaveOptions): EncodedFile {
  const chosen = format ?? formatOf(name);
  if (chosen === 'safetensors') return encodeSafetensors(dict, metadata);
  refuseMetadata(metadata, chosen);
  if (chosen === 'tfjs' || chosen === 'safetensors-sharded')
    throw new RangeError(`save: ${chosen} is several files, got a single target. Save to a path.`);
  return chosen === 'npz' ? encodeNpz(dict) : encodePytorch(dict);
}

function refuseMetadata(metadata: SaveOptions['metadata'], format: SaveFormat): void {
  if (!metadata || Object.keys(metadata).length === 0) return;
  throw new RangeError(
    `save: only safetensors keeps metadata, got some for ${format}. Save as .safetensors.`,
  );
}

function formatOf(name: string): SaveFormat {
  if (isShardIndex(name)) return 'safetensors-sharded';
  const extension = /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? '';
  if (extension === '' || /[/\\]$/.test(name)) return 'tfjs';
  if (extension === '.safetensors') return 'safetensors';
  if (extension === '.npz') return 'npz';
  if (['.pt', '.pth', '.bin'].includes(extension)) return 'pytorch';
  throw new RangeError(
    `save: the extension must be .safetensors, .pt, .pth, .bin or .npz, or none for a folder, got "${name}". Or pass { format }.`,
  );
}
