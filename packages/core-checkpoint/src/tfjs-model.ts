import { CheckpointError, type Refuse, refusalsOf } from './errors.js';
import type { FormatOptions } from './format-options.js';
import type { OpenedFile } from './opened-file.js';
import { sha256 } from './sha256.js';
import type { ByteRecord } from './sources/byte-record.js';
import type { ByteSource } from './sources/byte-source.js';
import type { StrictJson } from './strict-json.js';
import { bytesOf, type Dtype, dtypeNamed, type TypedArray } from './tensors/dtypes.js';
import { widenFloats } from './tensors/half-floats.js';
import { checkTensor, elementCount, type StateDict } from './tensors/named-tensor.js';
import { rowMajorStrides } from './tensors/permute-axes.js';
import type { StoredTensor } from './tensors/stored-tensor.js';
import { decodeView } from './tensors/strided-tensor.js';

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
      `its weights take ${at} bytes, its shards have ${total}`,
    );
  }
  return tensors;
}

async function shardBeside(source: ByteSource, path: StrictJson, refuse: Refuse): Promise<ByteSource> {
  if (typeof path !== 'string' || !/^[^/\\:\0]+$/.test(path) || path === '..' || path === '.') {
    throw refuse('unsafe-path', `a shard must be a bare file name, got ${JSON.stringify(path)}`);
  }
  if (!source.sibling) throw refuse('missing-shard', `names ${path}, and there is no beside to look`);
  try {
    return await source.sibling(path);
  } catch (cause) {
    if ((cause as CheckpointError).code !== 'not-found') throw cause;
    throw refuse('missing-shard', `names ${path}, which is not there`, { cause });
  }
}

interface Weight {
  name: string;
  dtype: Dtype;
  shape: number[];
  byteLength: number;
  quantization: { kind: string; scale: number; min: number } | undefined;
}

const storedTypes = new Set(['float32', 'int32', 'bool', 'complex64']);

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

function joined(payloads: readonly Uint8Array[]): Uint8Array {
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

/** Finds, in the text of a `model.json`, the shards that this writer named. */
export const writtenWeights = /weights-[0-9a-f]{8}-shard\d+of\d+\.bin/g;

/**
 * A state dict as the files of a TensorFlow.js model folder: `model.json` and its weights. Shards are named
 * by their content, so a folder that is saved again holds the old model until `model.json` is replaced.
 *
 * @returns contents by file name, `model.json` last
 * @throws CheckpointError `unsupported-dtype` if TensorFlow.js has no such dtype
 */
export async function encodeTfjs(dict: StateDict, shardBytes = 4 * 2 ** 20): Promise<[string, Uint8Array][]> {
  const weights = [...dict].map(([name, tensor]) => {
    const { name: dtype } = checkTensor('save', name, tensor);
    if (!storedTypes.has(dtype)) {
      throw new CheckpointError('unsupported-dtype', `TensorFlow.js has no ${dtype}`, {
        key: name,
        during: 'save',
        hint: 'Convert it to float32 or int32.',
      });
    }
    return { name, shape: [...tensor.shape], dtype };
  });
  const all = joined([...dict.values()].map(({ data }) => bytesOf(data)));
  const digest = (await sha256([all])).slice(0, 8);
  const count = Math.max(1, Math.ceil(all.byteLength / shardBytes));
  const shards = Array.from({ length: count }, (_, i): [string, Uint8Array] => [
    `weights-${digest}-shard${i + 1}of${count}.bin`,
    all.subarray(i * shardBytes, (i + 1) * shardBytes),
  ]);
  const model = {
    format: 'weights',
    generatedBy: '@warmstart/core-checkpoint',
    convertedBy: null,
    weightsManifest: [{ paths: shards.map(([name]) => name), weights }],
  };
  return [...shards, ['model.json', new TextEncoder().encode(`${JSON.stringify(model)}\n`)]];
}
