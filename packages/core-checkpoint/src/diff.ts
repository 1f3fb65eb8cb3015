import type { Checkpoint } from './checkpoint.js';
import { castTensor } from './tensors/cast-tensor.js';
import { bytesOf, type TypedArray } from './tensors/dtypes.js';
import { isSmallFloat } from './tensors/half-floats.js';
import type { NamedTensor, StateDict } from './tensors/named-tensor.js';

/** What two sets of tensors have and have not in common. */
export interface Difference {
  /** same names, dtypes, shapes and bytes */
  equal: boolean;
  onlyInA: string[];
  onlyInB: string[];
  /** other values, or other dtypes */
  changed: ChangedTensor[];
  /** other shapes */
  shape: { key: string; a: readonly number[]; b: readonly number[] }[];
}

/** A tensor of the same name and shape on both sides, with other bytes. */
export interface ChangedTensor {
  key: string;
  /** largest absolute difference of two elements; null if one of a pair is no number, or infinite */
  maxAbs: number | null;
  /** where they are not the same */
  dtype?: [a: string, b: string];
}

/**
 * Compares tensors by name. Checkpoints are read one tensor at a time.
 *
 * @returns names in the order of `a`, then of `b`
 */
export async function diff(a: StateDict | Checkpoint, b: StateDict | Checkpoint): Promise<Difference> {
  const [left, right] = [tensorsOf(a), tensorsOf(b)];
  const result: Difference = {
    equal: true,
    onlyInA: left.keys.filter((key) => !right.has(key)),
    onlyInB: right.keys.filter((key) => !left.has(key)),
    changed: [],
    shape: [],
  };
  for (const key of left.keys) {
    if (!right.has(key)) continue;
    const [x, y] = [await left.read(key), await right.read(key)];
    if (`${x.shape}` !== `${y.shape}`) result.shape.push({ key, a: x.shape, b: y.shape });
    else if (x.dtype !== y.dtype)
      result.changed.push({ key, maxAbs: maxAbs(x, y), dtype: [x.dtype, y.dtype] });
    else if (!sameBytes(x.data, y.data)) result.changed.push({ key, maxAbs: maxAbs(x, y) });
  }
  result.equal = [result.onlyInA, result.onlyInB, result.changed, result.shape].every(
    (list) => list.length === 0,
  );
  return result;
}

interface Tensors {
  keys: string[];
  has(key: string): boolean;
  read(key: string): Promise<NamedTensor>;
}

function tensorsOf(source: StateDict | Checkpoint): Tensors {
  if (source instanceof Map) {
    const read = async (key: string) => source.get(key) as NamedTensor; // asked only for keys it has
    return { keys: [...source.keys()], has: (key) => source.has(key), read };
  }
  const keys = source.keys();
  const known = new Set(keys);
  return { keys, has: (key) => known.has(key), read: (key) => source.read(key) };
}

function sameBytes(a: TypedArray, b: TypedArray): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (left.byteOffset % 4 === 0 && right.byteOffset % 4 === 0) {
    const words = left.byteLength >> 2;
    const x = new Uint32Array(left.buffer, left.byteOffset, words);
    const y = new Uint32Array(right.buffer, right.byteOffset, words);
    for (let i = 0; i < words; i++) if (x[i] !== y[i]) return false;
    return left.subarray(words * 4).every((byte, i) => byte === right[words * 4 + i]);
  }
  return left.every((byte, i) => byte === right[i]);
}

function maxAbs(a: NamedTensor, b: NamedTensor): number | null {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  if (x.length !== y.length) return null; // complex against real
  let largest = 0;
  for (let i = 0; i < x.length; i++) {
    const [left, right] = [x[i] as number | bigint, y[i] as number | bigint];
    if (left === right || (Number.isNaN(left) && Number.isNaN(right))) continue;
    const exact = typeof left === 'bigint' && typeof right === 'bigint';
    const distance = Math.abs(exact ? Number(left - right) : Number(left) - Number(right));
    if (!Number.isFinite(distance)) return null;
    if (distance > largest) largest = distance;
  }
  return largest;
}

function numbersOf(tensor: NamedTensor): TypedArray {
  if (tensor.dtype === 'complex32') return castTensor({ ...tensor, dtype: 'float16' }, 'float32');
  return isSmallFloat(tensor.dtype) ? castTensor(tensor, 'float32') : tensor.data;
}
