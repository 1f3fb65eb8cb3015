/**
 * Numbers of 16 and 8 bits as numbers of 32, and back.
 *
 * A table look-up per element runs at memory speed; arithmetic on each number is a hundred times slower.
 */
const tables = new Map<string, Float32Array>();

interface SmallFloat {
  exponentBits: number;
  fractionBits: number;
  bias: number;
  /** which bit patterns are not finite: as in IEEE 754, only all ones, only negative zero, or exponent-only types */
  special: 'ieee' | 'all-ones' | 'negative-zero' | 'exponent-only';
}

const smallFloats: Record<string, SmallFloat> = {
  float16: { exponentBits: 5, fractionBits: 10, bias: 15, special: 'ieee' },
  float8_e5m2: { exponentBits: 5, fractionBits: 2, bias: 15, special: 'ieee' },
  float8_e4m3fn: { exponentBits: 4, fractionBits: 3, bias: 7, special: 'all-ones' },
  float8_e5m2fnuz: { exponentBits: 5, fractionBits: 2, bias: 16, special: 'negative-zero' },
  float8_e4m3fnuz: { exponentBits: 4, fractionBits: 3, bias: 8, special: 'negative-zero' },
  float8_e8m0fnu: { exponentBits: 8, fractionBits: 0, bias: 127, special: 'exponent-only' },
};

/** True for dtypes that `widenFloats` reads. */
export function isSmallFloat(dtype: string): boolean {
  return dtype === 'bfloat16' || Object.hasOwn(smallFloats, dtype);
}

/**
 * Numbers of 8 or 16 bits as float32, exactly.
 *
 * @param bits - raw bits, as `NamedTensor.data` holds them
 * @param dtype - bfloat16, float16 or one of the float8 types
 * @see IEEE 754-2019 §3.4; Micikevicius et al. 2022, arXiv 2209.05433 (FP8)
 */
export function widenFloats(bits: Uint16Array | Uint8Array, dtype: string): Float32Array {
  if (dtype === 'bfloat16') {
    const wide = new Uint32Array(bits.length);
    for (let i = 0; i < bits.length; i++) wide[i] = (bits[i] as number) << 16;
    return new Float32Array(wide.buffer);
  }
  const table = tableOf(dtype);
  const wide = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = table[bits[i] as number] as number;
  return wide;
}

function tableOf(dtype: string): Float32Array {
  const known = tables.get(dtype);
  if (known) return known;
  const format = smallFloats[dtype];
  if (!format) throw new RangeError(`widenFloats: dtype must be a float of 8 or 16 bits, got ${dtype}.`);
  const size =
    format.special === 'exponent-only' ? 256 : 2 ** (1 + format.exponentBits + format.fractionBits);
  const table = Float32Array.from({ length: size }, (_, bits) => numberOf(bits, format));
  tables.set(dtype, table);
  return table;
}

function numberOf(bits: number, format: SmallFloat): number {
  const { exponentBits, fractionBits, bias, special } = format;
  if (special === 'exponent-only') return bits === 255 ? Number.NaN : 2 ** (bits - bias);
  const fraction = bits & (2 ** fractionBits - 1);
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const negative = bits >> (fractionBits + exponentBits) === 1;
  const allOnes = exponent === 2 ** exponentBits - 1;
  if (special === 'ieee' && allOnes) {
    if (fraction !== 0) return Number.NaN;
    return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (special === 'all-ones' && allOnes && fraction === 2 ** fractionBits - 1) return Number.NaN;
  if (special === 'negative-zero' && negative && exponent === 0 && fraction === 0) return Number.NaN;
  const scale = 2 ** fractionBits;
  const size =
    exponent === 0 ? (fraction / scale) * 2 ** (1 - bias) : (1 + fraction / scale) * 2 ** (exponent - bias);
  return negative ? -size : size;
}

/** float32 as the raw bits of the nearest float16; ties go to even, what is too large to infinity. */
export function float16Bits(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  for (let i = 0; i < values.length; i++) {
    float[0] = values[i] as number;
    bits[i] = float16FromWord(word[0] as number);
  }
  return bits;
}

function float16FromWord(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const size = word & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00; // rounds to 65,536 or more
  if (size >= 0x38800000) {
    const rebased = size - 0x38000000; // exponent bias 127 to 15
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  const shift = 126 - (size >>> 23);
  if (shift > 24) return sign;
  const fraction = (size & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
}

/** float32 as the raw bits of the nearest bfloat16; ties go to even. */
export function bfloat16Bits(values: ArrayLike<number>): Uint16Array {
  const float = Float32Array.from(values);
  const words = new Uint32Array(float.buffer);
  const bits = new Uint16Array(words.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    bits[i] =
      (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return bits;
}
