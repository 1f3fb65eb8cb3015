import type { TypedArray } from './dtypes.js';
import { bfloat16Bits, float16Bits, isSmallFloat, widenFloats } from './half-floats.js';
import type { NamedTensor } from './named-tensor.js';

/** Why a tensor cannot become one of another dtype without changing what it says. */
export type CastProblem = 'dtype' | 'range';

const integers = /^(u?int(8|16|32|64)|bool)$/;
const integerRanges: Record<string, readonly [number | bigint, number | bigint]> = {
  bool: [0, 1],
  uint8: [0, 255],
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

/**
 * Says whether `castTensor` may be asked. Floats may be rounded to narrower floats; every other
 * conversion must keep each value; quantized and complex numbers stay what they are.
 *
 * @param to - PyTorch's name of the wanted dtype
 */
export function castProblem({ dtype, data }: NamedTensor, to: string): CastProblem | undefined {
  if (dtype === to) return undefined;
  if (!(isFloat(dtype) || integers.test(dtype))) return 'dtype';
  if (to === 'float32' || to === 'float64' || to === 'float16' || to === 'bfloat16') {
    return isFloat(dtype) || everyValue(data, isExactFloat) ? undefined : 'range';
  }
  const range = integerRanges[to];
  if (!range) return 'dtype';
  const values = isSmallFloat(dtype) ? widenFloats(data as Uint16Array | Uint8Array, dtype) : data;
  return everyValue(values, (value) => isWhole(value) && value >= range[0] && value <= range[1])
    ? undefined
    : 'range';
}

/**
 * The same values in another dtype.
 *
 * @returns always a new array
 * @throws RangeError where `castProblem` finds a problem
 */
export function castTensor(tensor: NamedTensor, to: string): TypedArray {
  const { dtype, data } = tensor;
  if (dtype === to) return data.slice();
  const problem = castProblem(tensor, to);
  if (problem) throw new RangeError(`castTensor: ${dtype} must fit ${to}, got a ${problem} problem.`);
  if (!isSmallFloat(dtype)) return fromNumbers(data, to);
  const wide = widenFloats(data as Uint16Array | Uint8Array, dtype);
  return to === 'float32' ? wide : fromNumbers(wide, to);
}

function fromNumbers(values: TypedArray, to: string): TypedArray {
  const numbers =
    values instanceof BigInt64Array || values instanceof BigUint64Array
      ? Float64Array.from(values, Number)
      : values;
  switch (to) {
    case 'float32':
      return numbers instanceof Float32Array ? numbers.slice() : new Float32Array(numbers);
    case 'float64':
      return new Float64Array(numbers);
    case 'float16':
      return float16Bits(numbers);
    case 'bfloat16':
      return bfloat16Bits(numbers);
    case 'int64':
      return BigInt64Array.from(values as ArrayLike<number>, BigInt);
    case 'uint64':
      return BigUint64Array.from(values as ArrayLike<number>, BigInt);
    default:
      return fromSmallIntegers(numbers, to);
  }
}

function fromSmallIntegers(
  numbers: Exclude<TypedArray, BigInt64Array | BigUint64Array>,
  to: string,
): TypedArray {
  switch (to) {
    case 'int8':
      return new Int8Array(numbers);
    case 'int16':
      return new Int16Array(numbers);
    case 'int32':
      return new Int32Array(numbers);
    case 'uint16':
      return new Uint16Array(numbers);
    case 'uint32':
      return new Uint32Array(numbers);
    default:
      return new Uint8Array(numbers);
  }
}

function isFloat(dtype: string): boolean {
  return dtype === 'float32' || dtype === 'float64' || isSmallFloat(dtype);
}

function isWhole(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function isExactFloat(value: number | bigint): boolean {
  const number = Number(value);
  return Math.fround(number) === number && BigInt(value) === BigInt(number);
}

function everyValue(data: TypedArray, test: (value: number | bigint) => boolean): boolean {
  for (let i = 0; i < data.length; i++) if (!test(data[i] as number | bigint)) return false;
  return true;
}
