import { CheckpointError } from '../errors.js';
import type { EncodedFile } from '../targets/encoded-file.js';
import { bytesOf } from '../tensors/dtypes.js';
import { checkTensor, type StateDict } from '../tensors/named-tensor.js';

/**
 * A state dict as a safetensors file. Tensors lie by falling alignment, then by name, as the format's own
 * writer puts them, so equal dicts give equal bytes.
 *
 * @param metadata - text to text, kept in the header
 * @throws RangeError or TypeError if a tensor is malformed
 * @throws CheckpointError `unsupported-dtype` if the format has no name for it
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(dict: StateDict, metadata: Record<string, string> = {}): EncodedFile {
  const entries = [...dict].map(([name, tensor]) => {
    const dtype = checkTensor('save', name, tensor);
    if (name === '__metadata__')
      throw new RangeError('save: safetensors keeps __metadata__ for itself, got a tensor of that name.');
    if (dtype.safetensors === undefined) {
      throw new CheckpointError('unsupported-dtype', `safetensors has no ${dtype.name}`, {
        key: name,
        during: 'save',
        hint: 'Save it as .pt, or convert it.',
      });
    }
    return { name, tensor, type: dtype.safetensors, unit: dtype.array.BYTES_PER_ELEMENT * dtype.lanes };
  });
  entries.sort((a, b) => b.unit - a.unit || compareUtf8(a.name, b.name));
  const header = headerBytes(entries, metadata);
  const dataBytes = entries.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
  return {
    byteLength: header.byteLength + dataBytes,
    *chunks() {
      yield header;
      for (const { tensor } of entries) yield bytesOf(tensor.data);
    },
  };
}

type Entry = {
  name: string;
  tensor: { shape: readonly number[]; data: { byteLength: number } };
  type: string;
};

function headerBytes(entries: readonly Entry[], metadata: Record<string, string>): Uint8Array {
  const fields: string[] = [];
  const notes = Object.entries(metadata).sort(([a], [b]) => compareUtf8(a, b));
  if (notes.some(([, text]) => typeof text !== 'string')) {
    throw new TypeError('save: safetensors metadata must map text to text. Use JSON.stringify for the rest.');
  }
  if (notes.length > 0) {
    fields.push(
      `"__metadata__":{${notes.map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(',')}}`,
    );
  }
  let end = 0;
  for (const { name, tensor, type } of entries) {
    const begin = end;
    end += tensor.data.byteLength;
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${type}","shape":[${tensor.shape}],"data_offsets":[${begin},${end}]}`,
    );
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}

/** By code point, as Rust and Python sort; JavaScript's own order differs past the first plane. */
export function compareUtf8(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
