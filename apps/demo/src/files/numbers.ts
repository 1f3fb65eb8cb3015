import type { NamedTensor } from '@warmstart/shapes';

/** What a tensor's values are like. */
export interface Distribution {
  count: number;
  notFinite: number;
  zeros: number;
  low: number;
  high: number;
  mean: number;
  deviation: number;
  /** how many values lie in each of equally wide bins from `low` to `high` */
  bins: number[];
}

const binCount = 48;

/**
 * The values of a tensor as numbers, if its dtype stands for single real numbers.
 *
 * @returns undefined for complex, 8-bit float and quantized tensors
 */
export function numbersOf({ dtype, data }: NamedTensor): ArrayLike<number> | undefined {
  if (dtype === 'bfloat16') return mapBits(data as Uint16Array, fromBfloat16);
  if (dtype === 'float16') return mapBits(data as Uint16Array, fromFloat16);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (/^(complex|float8|q)/.test(dtype)) return undefined;
  return data;
}

function mapBits(bits: Uint16Array, convert: (bits: number) => number): Float32Array {
  return Float32Array.from(bits, convert);
}

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

function fromBfloat16(bits: number): number {
  word[0] = bits << 16;
  return single[0] as number;
}

/** IEEE 754 half precision: 1 sign, 5 exponent, 10 fraction bits. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Mean, spread and histogram of the finite values. */
export function distributionOf(values: ArrayLike<number>): Distribution {
  let [count, zeros, sum, low, high] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    count++;
    sum += value;
    if (value === 0) zeros++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const mean = sum / count;
  const bins = new Array<number>(binCount).fill(0);
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    squares += (value - mean) ** 2;
    const bin =
      high > low ? Math.min(binCount - 1, Math.floor(((value - low) / (high - low)) * binCount)) : 0;
    bins[bin] = (bins[bin] as number) + 1;
  }
  const deviation = Math.sqrt(squares / count);
  return { count, notFinite: values.length - count, zeros, low, high, mean, deviation, bins };
}
