import { bytesOf, type Dtype } from './dtypes.js';
import type { EncodedFile } from './encoded-file.js';
import { checkTensor, elementCount, type NamedTensor, type StateDict } from './named-tensor.js';
import { rowMajorStrides } from './permute-axes.js';
import { PickleWriter } from './pickle-writer.js';
import { encodeZip, type ZipMember } from './zip-writer.js';

/**
 * A state dict as a `.pt` file that `torch.load(weights_only=True)` of every PyTorch since 1.13 reads (dtypes it does not know aside).
 * Tensors that share their data share their storage there too.
 *
 * @throws RangeError or TypeError if a tensor is malformed
 */
export function encodePytorch(dict: StateDict): EncodedFile {
  const pickle = new PickleWriter().raw(0x80, 2);
  const storages = new Map<string, { key: string; bytes: Uint8Array }>();
  const buffers = new Map<ArrayBufferLike, number>();
  pickle.global('collections', 'OrderedDict').raw(0x29, 0x52); // ()
  pickle.raw(0x28);
  for (const [name, tensor] of dict) {
    const dtype = checkTensor('save', name, tensor);
    pickle.text(name);
    const bytes = bytesOf(tensor.data);
    const buffer = buffers.get(bytes.buffer) ?? buffers.set(bytes.buffer, buffers.size).size - 1;
    const id =
      bytes.byteLength === 0 ? name : `${buffer}:${bytes.byteOffset}:${bytes.byteLength}:${dtype.name}`;
    const storage = storages.get(id) ?? { key: String(storages.size), bytes };
    storages.set(id, storage);
    writeTensor(pickle, tensor, dtype, storage.key);
  }
  pickle.raw(0x75, 0x2e);
  return encodeZip(members(pickle.finish(), [...storages.values()]), 64);
}

function members(pickle: Uint8Array, storages: readonly { key: string; bytes: Uint8Array }[]): ZipMember[] {
  const text = (value: string) => new TextEncoder().encode(value);
  return [
    { name: 'archive/data.pkl', data: pickle },
    { name: 'archive/byteorder', data: text('little') },
    ...storages.map(({ key, bytes }) => ({ name: `archive/data/${key}`, data: bytes })),
    { name: 'archive/version', data: text('3\n') },
  ];
}

function writeTensor(pickle: PickleWriter, tensor: NamedTensor, dtype: Dtype, key: string): void {
  const { shape, quantization } = tensor;
  const typed = dtype.storage !== undefined;
  if (quantization) pickle.global('torch._utils', '_rebuild_qtensor');
  else pickle.global('torch._utils', typed ? '_rebuild_tensor_v2' : '_rebuild_tensor_v3');
  pickle.raw(0x28);
  writeStorage(pickle, dtype, key, elementCount(shape));
  pickle.count(0).counts(shape).counts(rowMajorStrides(shape));
  if (quantization) writeQuantization(pickle, tensor);
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

function writeQuantization(pickle: PickleWriter, { quantization, dtype }: NamedTensor): void {
  const [scale] = quantization?.scale ?? [];
  const [zeroPoint] = quantization?.zeroPoint ?? [];
  if (scale === undefined || zeroPoint === undefined || quantization?.axis !== undefined) {
    throw new RangeError(
      `save: only tensors quantized as a whole can be written, got ${dtype} with a scale per channel.`,
    );
  }
  pickle.raw(0x28).global('torch', 'per_tensor_affine').float(scale).count(zeroPoint).raw(0x74);
}
