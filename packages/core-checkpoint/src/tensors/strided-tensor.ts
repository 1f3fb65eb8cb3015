import type { ByteRecord } from '../sources/byte-record.js';
import { bytesOf, type Dtype, type TypedArray, viewAs } from './dtypes.js';
import { elementCount, type Quantization } from './named-tensor.js';
import { gatherStrided, isRowMajor, rowMajorStrides } from './permute-axes.js';
import type { StoredTensor } from './stored-tensor.js';

/** A view of stored bytes, as PyTorch describes tensors: offset and strides in elements. */
export interface StridedView {
  readonly record: ByteRecord;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** the stored bytes are big-endian */
  readonly bigEndian?: boolean;
  /** the view stands for the complex conjugate, or the negative, of what is stored */
  readonly conjugate?: boolean;
  readonly negative?: boolean;
  readonly quantization?: Quantization;
}

/** True if every element the view reaches lies within `byteLength` bytes. */
export function viewFits(view: Omit<StridedView, 'record'>, byteLength: number): boolean {
  const { shape, strides, offset, dtype } = view;
  const whole = [offset, ...shape, ...strides].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole || shape.length !== strides.length) return false;
  if (shape.includes(0)) return true;
  let last = BigInt(offset);
  shape.forEach((size, axis) => {
    if (size > 1) last += BigInt(size - 1) * BigInt(strides[axis] ?? 0);
  });
  return (last + 1n) * BigInt(dtype.bytes) <= BigInt(byteLength);
}

/** @returns the view as a tensor to be read */
export function stridedTensor(path: readonly string[], view: StridedView): StoredTensor {
  const { dtype, shape, strides, offset, record, quantization } = view;
  const empty = shape.includes(0);
  return {
    path,
    dtype: dtype.name,
    shape,
    records: empty ? [] : [record],
    decode: ([bytes = new Uint8Array()]) => decodeView(view, bytes),
    identity: () =>
      `${record.source.name}@${record.start}:${dtype.name}:${offset}:${shape}:${strides}:${flags(view)}`,
    ...(quantization && { quantization }),
  };
}

/** A row-major tensor that is all of its record. */
export function wholeTensor(
  path: readonly string[],
  parts: { record: ByteRecord; dtype: Dtype; shape: readonly number[]; bigEndian?: boolean },
): StoredTensor {
  return stridedTensor(path, { ...parts, strides: rowMajorStrides(parts.shape), offset: 0 });
}

/** @returns elements in an array of their own, unless the view is all of `bytes` */
export function decodeView(view: Omit<StridedView, 'record'>, bytes: Uint8Array): TypedArray {
  const { dtype, shape, strides, offset } = view;
  const length = elementCount(shape) * dtype.bytes;
  let own = false;
  let data: TypedArray;
  if (isRowMajor(shape, strides)) {
    const start = offset * dtype.bytes;
    own = length !== bytes.byteLength;
    data = viewAs(dtype, own ? bytes.slice(start, start + length) : bytes);
  } else {
    own = true;
    data = gatherStrided(dtype, bytes, view);
  }
  if (!own && (view.bigEndian || view.conjugate || view.negative || hasOddBooleans(dtype, data)))
    data = data.slice();
  if (view.bigEndian) swapBytes(bytesOf(data), dtype.array.BYTES_PER_ELEMENT);
  if (view.conjugate) negateLanes(dtype, data, 1);
  if (view.negative) for (let lane = 0; lane < dtype.lanes; lane++) negateLanes(dtype, data, lane);
  if (hasOddBooleans(dtype, data)) for (let i = 0; i < data.length; i++) data[i] = data[i] === 0 ? 0 : 1;
  return data;
}

function flags({ conjugate, negative }: StridedView): string {
  return `${conjugate ? 'conjugate' : ''}${negative ? 'negative' : ''}`;
}

/** A boolean is any byte in a file; here it is 0 or 1. */
function hasOddBooleans(dtype: Dtype, data: TypedArray): boolean {
  return dtype.name === 'bool' && (data as Uint8Array).some((value) => value > 1);
}

function swapBytes(bytes: Uint8Array, unit: number): void {
  if (unit === 1) return;
  for (let at = 0; at < bytes.length; at += unit) bytes.subarray(at, at + unit).reverse();
}

function negateLanes(dtype: Dtype, data: TypedArray, lane: number): void {
  const halves = dtype.name === 'complex32' || dtype.name === 'float16' || dtype.name === 'bfloat16';
  for (let i = lane; i < data.length; i += dtype.lanes) {
    // raw half floats carry their sign in the top bit
    data[i] = halves ? (data[i] as number) ^ 0x8000 : -(data[i] as number);
  }
}
