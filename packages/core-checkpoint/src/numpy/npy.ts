import { CheckpointError, type Refuse, refusalsOf } from '../errors.js';
import type { FormatOptions } from '../format-options.js';
import type { OpenedFile } from '../opened-file.js';
import { type ByteRecord, plainRecord } from '../sources/byte-record.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';
import type { EncodedFile } from '../targets/encoded-file.js';
import { bytesOf, type Dtype, dtypeBy } from '../tensors/dtypes.js';
import { checkTensor, elementCount, type NamedTensor } from '../tensors/named-tensor.js';
import { rowMajorStrides } from '../tensors/permute-axes.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { decodeView, type StridedView } from '../tensors/strided-tensor.js';

/** The first six bytes of every such file. */
export const npyMagic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const maxHeaderBytes = 65_536;

/** What the header of an array says. */
export interface NpyHeader {
  readonly view: Omit<StridedView, 'record'>;
  /** where the elements begin */
  readonly dataStart: number;
}

/**
 * Reads the header of a NumPy array.
 *
 * @param head - the beginning of the file: its first 64 KiB, or all of it
 * @param fileSize - of the whole array file; the elements must fill the rest of it exactly
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpyHeader(head: Uint8Array, fileSize: number, refuse: Refuse): NpyHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.byteLength < 12 || !npyMagic.every((byte, i) => head[i] === byte)) {
    throw refuse('bad-header', 'does not begin as a NumPy array');
  }
  const version = head[6] as number; // at least 12 bytes
  if (version < 1 || version > 3)
    throw refuse('unsupported-version', `is of npy version ${version}; 1 to 3 are known`);
  const lead = version === 1 ? 10 : 12;
  const dataStart = lead + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataStart > head.byteLength) {
    if (dataStart <= fileSize)
      throw refuse('limit', `has a header of ${dataStart} bytes; ${maxHeaderBytes} are allowed`);
    throw refuse('truncated', 'ends within its header');
  }
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(head.subarray(lead, dataStart));
  const array = parseDescription(text, refuse);
  const wanted = elementCount(array.shape) * array.dtype.bytes;
  if (wanted !== fileSize - dataStart) {
    const code = wanted > fileSize - dataStart ? 'truncated' : 'trailing-bytes';
    throw refuse(
      code,
      `[${array.shape}] of ${array.dtype.name} takes ${wanted} bytes, ${fileSize - dataStart} are there`,
    );
  }
  return { view: array, dataStart };
}

/** The header is a Python dict of exactly three keys; anything else in it is refused. */
function parseDescription(text: string, refuse: Refuse): Omit<StridedView, 'record'> {
  const field = (name: string, value: string) => {
    const found = [...text.matchAll(new RegExp(`['"]${name}['"]\\s*:\\s*${value}`, 'g'))];
    if (found.length === 1 && found[0]?.[1] !== undefined) return found[0][1];
    throw refuse('bad-header', `its header has no plain ${name}: ${JSON.stringify(text.slice(0, 80))}`);
  };
  const descriptor = field('descr', `['"]([<>|=]?[a-zA-Z][0-9]*)['"]`);
  const fortran = field('fortran_order', '(True|False)') === 'True';
  const sizes = field('shape', '\\(([0-9, ]*)\\)')
    .split(',')
    .map((size) => size.trim());
  const pattern =
    /^\s*\{(\s*['"](descr|fortran_order|shape)['"]\s*:\s*(['"][^'"]*['"]|True|False|\([0-9, ]*\))\s*,?){3}\s*\}\s*$/;
  if (!pattern.test(text))
    throw refuse('bad-header', `its header is no plain dict: ${JSON.stringify(text.slice(0, 80))}`);
  const shape = sizes.filter((size) => size !== '').map(Number);
  if (shape.length > 64 || !shape.every(Number.isSafeInteger))
    throw refuse('bad-header', `has shape [${sizes}]`);
  const dtype = dtypeBy('numpy', descriptor.replace(/^[<>|=]/, '').replace('?', 'b1'));
  if (!dtype) {
    const hint = /O/.test(descriptor)
      ? 'Arrays of Python objects are pickles; save plain numbers.'
      : undefined;
    throw refuse('unsupported-dtype', `has NumPy dtype ${descriptor}`, { hint });
  }
  const strides = fortran ? rowMajorStrides([...shape].reverse()).reverse() : rowMajorStrides(shape);
  return { dtype, shape, strides, offset: 0, bigEndian: descriptor.startsWith('>') };
}

/** Understands a single NumPy array. Its tensor's path is the file's name without extension. */
export async function openNpy(source: ByteSource, options: FormatOptions): Promise<OpenedFile> {
  const refuse = refusalsOf(source.name);
  const head = await readRange(source, 0, Math.min(source.size, maxHeaderBytes), options.signal);
  const { view, dataStart } = readNpyHeader(head, source.size, refuse);
  const name = source.name.replace(/^.*[/\\]/, '').replace(/\.npy$/, '');
  const record = plainRecord(source, dataStart, source.size);
  return { format: 'npy', tensors: [npyTensor(name, view, record)], metadata: {} };
}

/** @param record - the elements; or with `skip`, the whole file of the array */
export function npyTensor(name: string, view: NpyHeader['view'], record: ByteRecord, skip = 0): StoredTensor {
  return {
    path: [name],
    dtype: view.dtype.name,
    shape: view.shape,
    records: [record],
    decode: ([bytes = new Uint8Array()]) => decodeView(view, bytes.subarray(skip)),
  };
}

/**
 * A tensor as the bytes of a `.npy` file, version 1.0.
 *
 * @throws CheckpointError `unsupported-dtype` if NumPy has no such dtype
 */
export function encodeNpy(name: string, tensor: NamedTensor): EncodedFile {
  const dtype = checkTensor('save', name, tensor);
  const header = npyHeader(name, tensor.shape, dtype);
  return {
    byteLength: header.byteLength + tensor.data.byteLength,
    *chunks() {
      yield header;
      yield bytesOf(tensor.data);
    },
  };
}

function npyHeader(name: string, shape: readonly number[], dtype: Dtype): Uint8Array {
  if (dtype.numpy === undefined) {
    throw new CheckpointError('unsupported-dtype', `NumPy has no ${dtype.name}`, {
      key: name,
      during: 'save',
      hint: 'Save it as .safetensors, or convert it.',
    });
  }
  const order = dtype.array.BYTES_PER_ELEMENT === 1 ? '|' : '<';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${order}${dtype.numpy}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([...npyMagic, 1, 0]);
  new DataView(header.buffer).setUint16(8, length - 10, true);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}
