import type { TypedArray } from '@warmstart/shapes/host';

export type { TypedArray };

type TypedArrayConstructor = {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** How one dtype lies in memory and what each format calls it. */
export interface Dtype {
  readonly name: string;
  /** bytes per element of the tensor */
  readonly bytes: number;
  /** what `data` is: half and quarter floats stay raw bits, complex numbers interleave re, im */
  readonly array: TypedArrayConstructor;
  /** array entries per element: 2 for complex, 3 bytes for four floats of 6 bits */
  readonly lanes: 1 | 2 | 3;
  readonly safetensors?: string;
  /** PyTorch's typed storage class */
  readonly storage?: string;
  /** NumPy's kind and size, without byte order */
  readonly numpy?: string;
}

const rows: readonly (readonly [
  name: string,
  array: TypedArrayConstructor,
  lanes: 1 | 2 | 3,
  safetensors?: string | undefined,
  storage?: string | undefined,
  numpy?: string | undefined,
])[] = [
  ['float32', Float32Array, 1, 'F32', 'FloatStorage', 'f4'],
  ['float64', Float64Array, 1, 'F64', 'DoubleStorage', 'f8'],
  ['float16', Uint16Array, 1, 'F16', 'HalfStorage', 'f2'],
  ['bfloat16', Uint16Array, 1, 'BF16', 'BFloat16Storage'],
  ['int8', Int8Array, 1, 'I8', 'CharStorage', 'i1'],
  ['uint8', Uint8Array, 1, 'U8', 'ByteStorage', 'u1'],
  ['int16', Int16Array, 1, 'I16', 'ShortStorage', 'i2'],
  ['int32', Int32Array, 1, 'I32', 'IntStorage', 'i4'],
  ['int64', BigInt64Array, 1, 'I64', 'LongStorage', 'i8'],
  ['bool', Uint8Array, 1, 'BOOL', 'BoolStorage', 'b1'],
  ['uint16', Uint16Array, 1, 'U16', undefined, 'u2'],
  ['uint32', Uint32Array, 1, 'U32', undefined, 'u4'],
  ['uint64', BigUint64Array, 1, 'U64', undefined, 'u8'],
  ['complex32', Uint16Array, 2],
  ['complex64', Float32Array, 2, 'C64', 'ComplexFloatStorage', 'c8'],
  ['complex128', Float64Array, 2, undefined, 'ComplexDoubleStorage', 'c16'],
  ['float8_e4m3fn', Uint8Array, 1, 'F8_E4M3'],
  ['float8_e5m2', Uint8Array, 1, 'F8_E5M2'],
  ['float8_e4m3fnuz', Uint8Array, 1, 'F8_E4M3FNUZ'],
  ['float8_e5m2fnuz', Uint8Array, 1, 'F8_E5M2FNUZ'],
  ['float8_e8m0fnu', Uint8Array, 1, 'F8_E8M0'],
  ['float4_e2m1fn_x2', Uint8Array, 1, 'F4'],
  // PyTorch has none of 6 bits; named after its float4_e2m1fn_x2, four in three bytes
  ['float6_e2m3fn_x4', Uint8Array, 3, 'F6_E2M3'],
  ['float6_e3m2fn_x4', Uint8Array, 3, 'F6_E3M2'],
  ['qint8', Int8Array, 1, undefined, 'QInt8Storage'],
  ['quint8', Uint8Array, 1, undefined, 'QUInt8Storage'],
  ['qint32', Int32Array, 1, undefined, 'QInt32Storage'],
];

let table: ReadonlyMap<string, Dtype> | undefined;

/** Every dtype a checkpoint may hold, by PyTorch's name. */
export function dtypes(): ReadonlyMap<string, Dtype> {
  table ??= new Map(rows.map((row) => [row[0], dtypeOf(row)]));
  return table;
}

function dtypeOf([name, array, lanes, safetensors, storage, numpy]: (typeof rows)[number]): Dtype {
  return {
    name,
    array,
    lanes,
    bytes: array.BYTES_PER_ELEMENT * lanes,
    ...(safetensors && { safetensors }),
    ...(storage && { storage }),
    ...(numpy && { numpy }),
  };
}

/**
 * @param name - PyTorch's name, e.g. "float32"
 * @throws RangeError if no such dtype is known
 */
export function dtypeNamed(name: string): Dtype {
  const dtype = dtypes().get(name);
  if (!dtype)
    throw new RangeError(`dtypeNamed: dtype must be one of ${[...dtypes().keys()].join(', ')}, got ${name}.`);
  return dtype;
}

/** Finds a dtype by what one format calls it; undefined if the format has no such name. */
export function dtypeBy(field: 'safetensors' | 'storage' | 'numpy', name: string): Dtype | undefined {
  for (const dtype of dtypes().values()) if (dtype[field] === name) return dtype;
  return undefined;
}

/**
 * How many numbers of the file one element of the dtype packs, along the last axis: formats count numbers, PyTorch
 * counts bytes of them.
 */
export function packedCount({ name }: Dtype): 1 | 2 | 4 {
  if (name.endsWith('_x2')) return 2;
  return name.endsWith('_x4') ? 4 : 1;
}

/** A typed view of `bytes`, without a copy where alignment allows. */
export function viewAs(dtype: Dtype, bytes: Uint8Array): TypedArray {
  const unit = dtype.array.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % unit === 0 ? bytes : bytes.slice();
  return new dtype.array(aligned.buffer, aligned.byteOffset, aligned.byteLength / unit);
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
