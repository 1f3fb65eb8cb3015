/** Plain arrays that can hold a tensor's elements. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** How stored integers stand for real numbers: real = scale × (stored − zeroPoint). */
export interface Quantization {
  /** One for the tensor, or one per slice along `axis`. */
  scale: readonly number[];
  zeroPoint: readonly number[];
  axis?: number;
}

/** One tensor on the host, row-major, in PyTorch's layout. Needs no TensorFlow.js. */
export interface NamedTensor {
  /** PyTorch's name: "float32", "bfloat16", "int64", "bool", "float8_e4m3fn", … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** float16, bfloat16, complex32: raw bits in 16-bit units; float8: raw bytes; complex: re, im in turn. */
  readonly data: TypedArray;
  /** Only for qint8, quint8 and qint32. */
  readonly quantization?: Quantization;
}

/** Tensors on the host by PyTorch's names, in its order: what a checkpoint holds. */
export type StateDict = Map<string, NamedTensor>;

/** A {@link StateDict} that is only read. */
export type ReadonlyStateDict = ReadonlyMap<string, NamedTensor>;

/** Numbers of a tensor that were read back to the host. */
export interface HostTensor {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}
