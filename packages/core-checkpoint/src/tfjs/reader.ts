import { type CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import type { ByteRecord } from '../sources/byte-record.js';
import type { ByteSource } from '../sources/byte-source.js';
import type { StrictJson } from '../strict-json.js';
import { type Dtype, dtypeNamed, type TypedArray } from '../tensors/dtypes.js';
import { widenFloats } from '../tensors/half-floats.js';
import { elementCount } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView } from '../tensors/strided-tensor.js';

type Fields = Map<string, StrictJson>;

/** The groups of weights of a `model.json`; undefined if this JSON is something else. */
export function weightsManifestOf(json: StrictJson): StrictJson[] | undefined {
  const manifest = json instanceof Map ? json.get('weightsManifest') : undefined;
  return Array.isArray(manifest) ? manifest : undefined;
}

/**
 * Understands a TensorFlow.js `model.json`: its weights lie in shards beside it, cut without regard to
 * tensors. Layouts and names are TensorFlow's, as they stand.
 *
 * @see tfjs-core/src/io/types.ts, WeightsManifestEntry
 */
export async function openTfjsModel(
  source: ByteSource,
  model: Fields,
  options: FormatOptions,
): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const shards: ByteSource[] = [];
  const close = async () => {
    for (const shard of shards) await shard.close();
  };
  try {
    const tensors: StoredTensor[] = [];
    for (const group of weightsManifestOf(model) ?? []) {
      tensors.push(...(await openGroup(source, group, shards, refuse, options)));
    }
    const format = model.get('format');
    const metadata = typeof format === 'string' ? { format } : {};
    const names = new Set(tensors.map(({ path }) => path[0]));
    if (names.size !== tensors.length) throw refuse('duplicate-key', 'names a weight twice');
    return { format: 'tfjs', tensors, metadata, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openGroup(
  source: ByteSource,
  group: StrictJson,
  opened: ByteSource[],
  refuse: Refuse,
  options: FormatOptions,
) {
  const fields = group instanceof Map ? group : new Map<string, StrictJson>();
  const [paths, weights] = [fields.get('paths'), fields.get('weights')];
  if (!Array.isArray(paths) || !Array.isArray(weights))
    throw refuse('bad-header', 'has a group without paths or weights');
  if (paths.length > options.limits.entryCount || weights.length > options.limits.tensorCount) {
    throw refuse('limit', `has ${paths.length} shards and ${weights.length} weights`);
  }
  const shards: ByteSource[] = [];
  for (const path of paths) {
    const shard = await shardBeside(source, path, refuse);
    opened.push(shard);
    shards.push(shard);
  }
  const total = shards.reduce((sum, { size }) => sum + size, 0);
  let at = 0;
  const tensors = weights.map((weight) => {
    const entry = entryOf(weight, refuse);
    const tensor = storedWeight(entry, pieces(shards, at, at + entry.byteLength), options, refuse);
    at += entry.byteLength;
    return tensor;
  });
  if (at !== total) {
    throw refuse(
      at > total ? 'truncated' : 'trailing-bytes',
      `its weights take ${at} bytes, its files ${shownFiles(paths)} have ${total}`,
    );
  }
  return tensors;
}

function shownFiles(paths: readonly StrictJson[]): string {
  return `${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ', …' : ''}`;
}

async function shardBeside(source: ByteSource, path: StrictJson, refuse: Refuse): Promise<ByteSource> {
  const place = typeof path === 'string' ? placeBeside(path) : undefined;
  if (place === undefined) {
    const shown = typeof path === 'string' ? JSON.stringify(path.slice(0, 100)) : typeof path;
    throw refuse('unsafe-path', `its weights must lie beside it or in a folder below, got ${shown}`);
  }
  if (!source.sibling) {
    throw refuse('missing-shard', `refers to ${place}, but this source has no folder to look in`, {
      hint: 'Pass its files by name: { siblings }.',
    });
  }
  try {
    return await source.sibling(place);
  } catch (cause) {
    if ((cause as CheckpointError).code !== 'not-found') throw cause;
    throw refuse('missing-shard', `refers to ${place}, which is not there`, { cause });
  }
}

/**
 * Where a manifest says that weights lie, as a path below its own folder: TensorFlow.js in browsers writes
 * `./model.weights.bin`, its converters may use folders.
 *
 * @returns undefined for what leads out of the folder, or to another machine
 */
function placeBeside(path: string): string | undefined {
  const parts = path.split('/').filter((part) => part !== '.');
  const safe = parts.length > 0 && parts.every((part) => /^[^\\:\0]+$/.test(part) && part !== '..');
  return safe ? parts.join('/') : undefined;
}

interface Weight {
  name: string;
  dtype: Dtype;
  shape: number[];
  byteLength: number;
  quantization: { kind: string; scale: number; min: number } | undefined;
}

/** TensorFlow.js's dtypes that hold numbers, by PyTorch's names. */
export const storedTypes: ReadonlySet<string> = new Set(['float32', 'int32', 'bool', 'complex64']);

function entryOf(json: StrictJson, refuse: Refuse): Weight {
  const fields = json instanceof Map ? json : new Map<string, StrictJson>();
  const [name, shape, type] = ['name', 'shape', 'dtype'].map((field) => fields.get(field));
  const sizes =
    Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && (size as number) >= 0);
  if (typeof name !== 'string' || !sizes || typeof type !== 'string') {
    throw refuse('bad-header', 'has a weight without name, shape or dtype');
  }
  if (!storedTypes.has(type))
    throw refuse('unsupported-dtype', `has dtype ${JSON.stringify(type)}`, { key: name });
  const dtype = dtypeNamed(type);
  const quantization = quantizationOf(fields.get('quantization'), name, refuse);
  const perElement = quantization ? (quantization.kind === 'uint8' ? 1 : 2) : dtype.bytes;
  if (quantization && !['float32', 'int32'].includes(type)) {
    throw refuse('unsupported-dtype', `is a quantized ${type}`, { key: name });
  }
  const byteLength = elementCount(shape as number[]) * perElement; // sizes, as checked
  return { name, dtype, shape: shape as number[], byteLength, quantization };
}

function quantizationOf(json: StrictJson | undefined, key: string, refuse: Refuse): Weight['quantization'] {
  if (json === undefined || json === null) return undefined;
  const fields = json instanceof Map ? json : new Map<string, StrictJson>();
  const [kind, scale = 1, min = 0] = ['dtype', 'scale', 'min'].map((field) => fields.get(field));
  const numbers = typeof scale === 'number' && typeof min === 'number';
  if (!numbers || (kind !== 'uint8' && kind !== 'uint16' && kind !== 'float16')) {
    throw refuse('bad-header', 'has an unknown quantization', { key });
  }
  return { kind, scale, min };
}

/** The stretches of shards that hold [begin, end) of their concatenation. */
function pieces(shards: readonly ByteSource[], begin: number, end: number): ByteRecord[] {
  const found: ByteRecord[] = [];
  let shardStart = 0;
  for (const source of shards) {
    const start = Math.max(begin - shardStart, 0);
    const stop = Math.min(end - shardStart, source.size);
    if (start < stop)
      found.push({ source, start, end: stop, size: stop - start, check: () => ({ finish: (b) => b }) });
    shardStart += source.size;
  }
  return found;
}

function storedWeight(
  weight: Weight,
  records: ByteRecord[],
  { limits }: FormatOptions,
  refuse: Refuse,
): StoredTensor {
  const { name, dtype, shape } = weight;
  const bytes = elementCount(shape) * dtype.bytes;
  if (bytes > limits.tensorBytes) throw refuse('limit', `takes ${bytes} bytes`, { key: name });
  return {
    path: [name],
    dtype: dtype.name,
    shape,
    records,
    decode: (payloads) => dequantize(weight, joined(payloads)),
  };
}

/** Stretches of bytes as one. */
export function joined(payloads: readonly Uint8Array[]): Uint8Array {
  const [first] = payloads;
  if (first && payloads.length === 1) return first;
  const bytes = new Uint8Array(payloads.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const payload of payloads) {
    bytes.set(payload, at);
    at += payload.byteLength;
  }
  return bytes;
}

/** real = stored × scale + min, rounded to a whole number for int32; in doubles, as TensorFlow.js computes it */
function dequantize({ dtype, shape, quantization }: Weight, bytes: Uint8Array): TypedArray {
  if (!quantization) return decodeView({ dtype, shape, strides: rowMajorStrides(shape), offset: 0 }, bytes);
  const { kind, scale, min } = quantization;
  const aligned = bytes.slice();
  const stored = kind === 'uint8' ? aligned : new Uint16Array(aligned.buffer);
  if (kind === 'float16') return widenFloats(stored, 'float16');
  const real = dtype.name === 'int32' ? new Int32Array(stored.length) : new Float32Array(stored.length);
  const round = dtype.name === 'int32' ? Math.round : (value: number) => value;
  for (let i = 0; i < stored.length; i++) real[i] = round((stored[i] as number) * scale + min);
  return real;
}
