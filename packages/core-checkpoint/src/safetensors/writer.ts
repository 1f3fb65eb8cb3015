import { CheckpointError } from '../errors.js';
import type { EncodedFile } from '../targets/encoded-file.js';
import { bytesOf, packedCount, type TypedArray } from '../tensors/dtypes.js';
import { checkTensor, type StateDict } from '../tensors/named-tensor.js';
import { maxHeaderBytes } from './reader.js';

/**
 * A state dict as a safetensors file. Tensors lie by falling alignment, then by name, as the format's own
 * writer puts them; the header lists them in the dict's order, which is kept so. Equal dicts give equal bytes.
 *
 * @param metadata - text to text, kept in the header
 * @throws RangeError or TypeError if a tensor is malformed
 * @throws CheckpointError `unsupported-dtype` if the format has no name for it, `limit` if the header grows larger
 *   than the format allows
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
    const shape = unpacked(name, tensor.shape, packedCount(dtype));
    return { name, shape, data: tensor.data, type: dtype.safetensors, unit: dtype.bytes };
  });
  const placed = [...entries].sort((a, b) => b.unit - a.unit || compareUtf8(a.name, b.name));
  const header = headerBytes(entries, placed, metadata);
  const dataBytes = entries.reduce((sum, { data }) => sum + data.byteLength, 0);
  return {
    byteLength: header.byteLength + dataBytes,
    *chunks() {
      yield header;
      for (const { data } of placed) yield bytesOf(data);
    },
  };
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: TypedArray;
  readonly type: string;
}

/** The sizes as the format counts them, numbers of 4 or 6 bits one by one. */
function unpacked(key: string, shape: readonly number[], count: number): readonly number[] {
  if (count === 1) return shape;
  const last = shape.at(-1);
  if (last !== undefined) return [...shape.slice(0, -1), last * count];
  throw new CheckpointError(
    'unsupported-dtype',
    `packs ${count} numbers, but has no axis that they lie along`,
    {
      key,
      during: 'save',
      hint: 'Give it the shape [1].',
    },
  );
}

function headerBytes(
  entries: readonly Entry[],
  placed: readonly Entry[],
  metadata: Record<string, string>,
): Uint8Array {
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
  const begins = new Map<Entry, number>();
  let end = 0;
  for (const entry of placed) {
    begins.set(entry, end);
    end += entry.data.byteLength;
  }
  for (const entry of entries) {
    const { name, shape, data, type } = entry;
    const begin = begins.get(entry) ?? 0; // each has one
    const offsets = `[${begin},${begin + data.byteLength}]`;
    fields.push(`${JSON.stringify(name)}:{"dtype":"${type}","shape":[${shape}],"data_offsets":${offsets}}`);
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.byteLength / 8) * 8;
  if (length > maxHeaderBytes)
    throw new CheckpointError(
      'limit',
      `its header would take ${length} bytes; the format allows ${maxHeaderBytes}`,
      {
        during: 'save',
        hint: 'Save in shards: NAME.safetensors.index.json.',
      },
    );
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
