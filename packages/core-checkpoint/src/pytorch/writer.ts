import { CheckpointError } from '../errors.js';
import { PickleWriter } from '../pickle/writer.js';
import type { EncodedFile } from '../targets/encoded-file.js';
import { bytesOf, type Dtype, dtypeNamed, type TypedArray } from '../tensors/dtypes.js';
import {
  checkTensor,
  elementCount,
  type NamedTensor,
  type Quantization,
  type StateDict,
} from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import { encodeZip, type ZipMember } from '../zip/writer.js';

/**
 * A state dict as a `.pt` file that `torch.load(weights_only=True)` of every PyTorch since 1.13 reads (dtypes it does not know aside).
 * Tensors that share their data share their storage there too.
 *
 * @throws RangeError or TypeError if a tensor is malformed
 */
export function encodePytorch(dict: StateDict): EncodedFile {
  const pickle = new PickleWriter().raw(0x80, 2);
  const storages = new Storages();
  pickle.global('collections', 'OrderedDict').raw(0x29, 0x52); // ()
  pickle.raw(0x28);
  for (const [name, tensor] of dict) {
    const dtype = checkTensor('save', name, tensor);
    if (dtype.name.startsWith('float6')) throw noSuchDtype(name, dtype);
    checkQuantization(name, tensor);
    pickle.text(name);
    writeTensor(pickle, tensor, dtype, storages);
  }
  pickle.raw(0x75, 0x2e);
  return encodeZip(members(pickle.finish(), storages.all()), 64);
}

function noSuchDtype(key: string, { name }: Dtype): CheckpointError {
  const hint = 'Save it as .safetensors.';
  return new CheckpointError('unsupported-dtype', `PyTorch has no ${name}`, { key, during: 'save', hint });
}

interface WrittenStorage {
  key: string;
  bytes: Uint8Array;
}

/** Stretches of memory by what they are views of, so that tensors that share their data do so in the file. */
class Storages {
  private readonly byView = new Map<string, WrittenStorage>();
  private readonly buffers = new Map<ArrayBufferLike, number>();

  /** @returns the key of the storage that holds this data */
  keyOf(data: TypedArray, dtype: Dtype): string {
    const bytes = bytesOf(data);
    const buffer = this.buffers.get(bytes.buffer) ?? this.buffers.size;
    this.buffers.set(bytes.buffer, buffer);
    const key = String(this.byView.size);
    const view =
      bytes.byteLength === 0 ? `empty ${key}` : `${buffer}:${bytes.byteOffset}:${bytes.byteLength}`;
    const storage = this.byView.get(`${view}:${dtype.name}`) ?? { key, bytes };
    this.byView.set(`${view}:${dtype.name}`, storage);
    return storage.key;
  }

  all(): WrittenStorage[] {
    return [...this.byView.values()];
  }
}

function members(pickle: Uint8Array, storages: readonly WrittenStorage[]): ZipMember[] {
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    { name: 'archive/data.pkl', data: pickle },
    { name: 'archive/byteorder', data: text('little') },
    ...storages.map(({ key, bytes }) => ({ name: `archive/data/${key}`, data: bytes })),
    { name: 'archive/version', data: text('3\n') },
  ];
}

function writeTensor(pickle: PickleWriter, tensor: NamedTensor, dtype: Dtype, storages: Storages): void {
  const { shape, data, quantization } = tensor;
  const typed = dtype.storage !== undefined;
  if (quantization) pickle.global('torch._utils', '_rebuild_qtensor');
  else pickle.global('torch._utils', typed ? '_rebuild_tensor_v2' : '_rebuild_tensor_v3');
  pickle.raw(0x28);
  writeStorage(pickle, dtype, storages.keyOf(data, dtype), elementCount(shape));
  pickle.count(0).counts(shape).counts(rowMajorStrides(shape));
  if (quantization) writeQuantization(pickle, quantization, storages);
  pickle.raw(0x89); // requires_grad
  pickle.global('collections', 'OrderedDict').raw(0x29, 0x52); // hooks
  if (!typed && !quantization) pickle.global('torch', dtype.name);
  pickle.raw(0x74, 0x52);
}

function writeStorage(pickle: PickleWriter, dtype: Dtype, key: string, count: number): void {
  pickle.raw(0x28).commonText('storage');
  if (dtype.storage) pickle.global('torch', dtype.storage);
  else pickle.global('torch.storage', 'UntypedStorage');
  pickle
    .text(key)
    .commonText('cpu')
    .count(dtype.storage ? count : count * dtype.bytes)
    .raw(0x74, 0x51);
}

/** @see torch/_utils.py, _rebuild_qtensor */
function writeQuantization(pickle: PickleWriter, quantization: Quantization, storages: Storages): void {
  const { scale, zeroPoint, axis } = quantization;
  if (axis === undefined) {
    const [only = 1, zero = 0] = [scale[0], zeroPoint[0]]; // there, as checked
    pickle.raw(0x28).global('torch', 'per_tensor_affine').float(only).count(zero).raw(0x74);
    return;
  }
  const shape = [scale.length];
  const whole = zeroPoint.every(Number.isInteger);
  pickle.raw(0x28).global('torch', `per_channel_affine${whole ? '' : '_float_qparams'}`);
  const parts: NamedTensor[] = whole
    ? [
        { dtype: 'float64', shape, data: Float64Array.from(scale) },
        { dtype: 'int64', shape, data: BigInt64Array.from(zeroPoint, BigInt) },
      ]
    : [scale, zeroPoint].map((values) => ({ dtype: 'float32', shape, data: Float32Array.from(values) }));
  for (const part of parts) writeTensor(pickle, part, dtypeNamed(part.dtype), storages);
  pickle.count(axis).raw(0x74);
}

function checkQuantization(key: string, { dtype, shape, quantization }: NamedTensor): void {
  const { scale = [], zeroPoint = [], axis } = quantization ?? {};
  const wanted = axis === undefined ? 1 : shape[axis];
  const fits = scale.length === wanted && zeroPoint.length === wanted;
  if (/^qu?int/.test(dtype) ? fits : !quantization) return;
  throw new RangeError(
    `save: ${key} of dtype ${dtype} and shape [${shape}] must have ` +
      `${/^qu?int/.test(dtype) ? `${wanted} scales and zero points` : 'no quantization'}, ` +
      `got ${scale.length} and ${zeroPoint.length}.`,
  );
}
