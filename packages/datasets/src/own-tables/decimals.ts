/** Numbers of few digits in half the room: whole numbers, and the power of ten that divides them. */
export interface Decimals {
  /** {@link nothing} where there is no number. */
  readonly values: Int32Array;
  readonly divisor: number;
}

const nothing = -(2 ** 31);
const most = 2 ** 31 - 1;
const divisors = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** The same numbers to the last bit; undefined where some need more room. */
export function asDecimals(numbers: Float64Array): Decimals | undefined {
  const divisor = divisorOf(numbers);
  if (divisor === undefined) return undefined;
  const values = new Int32Array(numbers.length);
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at] as number;
    values[at] = Number.isNaN(value) ? nothing : Math.round(value * divisor);
    if (!Number.isNaN(value) && !fits(value, divisor)) return undefined; // a power of ten too many for this one
  }
  return { values, divisor };
}

/** NaN where there is no number. */
export function decimalAt({ values, divisor }: Decimals, at: number): number {
  const value = values[at] as number;
  return value === nothing ? Number.NaN : value / divisor;
}

function divisorOf(numbers: Float64Array): number | undefined {
  let power = 0;
  for (const value of numbers) {
    if (Number.isNaN(value)) continue;
    while (!fits(value, divisors[power] as number)) if (++power === divisors.length) return undefined;
  }
  return divisors[power];
}

function fits(value: number, divisor: number): boolean {
  const whole = Math.round(value * divisor);
  return Math.abs(whole) <= most && whole / divisor === value && !Object.is(value, -0);
}
