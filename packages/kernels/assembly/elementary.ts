// exp, tanh and erf on four floats. Errors are a few units in the last place; NaN passes through.

/** eˣ after Cody and Waite: x = n·ln 2 + r, a polynomial for eʳ, n into the exponent. */
export function exp(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.splat(88.72), f32x4.pmax(f32x4.splat(-87.33), x));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(<f32>Math.LOG2E)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  // 2ⁿ in two halves: n reaches 128
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const scaled = f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
  const tooSmall = f32x4.lt(x, f32x4.splat(-87.33));
  const tooLarge = f32x4.gt(x, f32x4.splat(88.72));
  const bounded = v128.bitselect(f32x4.splat(Infinity), v128.andnot(scaled, tooSmall), tooLarge);
  return v128.bitselect(bounded, x, f32x4.eq(x, x));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** tanh x: an odd polynomial near 0, (1 − e⁻²ˣ) / (1 + e⁻²ˣ) beyond. */
export function tanh(x: v128): v128 {
  const size = f32x4.abs(x);
  const decay = exp(f32x4.mul(size, f32x4.splat(-2)));
  const one = f32x4.splat(1);
  const far = f32x4.div(f32x4.sub(one, decay), f32x4.add(one, decay));
  const square = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, square), f32x4.splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, square), size), size);
  const magnitude = v128.bitselect(near, far, f32x4.lt(size, f32x4.splat(0.625)));
  return v128.bitselect(magnitude, x, i32x4.splat(0x7fffffff));
}

/** erf x as an odd rational function on [−4, 4], where float32 reaches ±1. */
export function erf(x: v128): v128 {
  const limit = f32x4.splat(4);
  const t = f32x4.pmin(limit, f32x4.pmax(f32x4.splat(-4), x));
  const s = f32x4.mul(t, t);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(2.77068142495902e-8));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-2.10102402082508e-6));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-5.69250639462346e-5));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-7.34990630326855e-4));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-2.954599808540253e-3));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-1.60960333262415e-2));
  let q = f32x4.splat(-1.45660718464996e-5);
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(-2.13374055278905e-4));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(-1.68282697438203e-3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(-7.37332916720468e-3));
  q = f32x4.add(f32x4.mul(q, s), f32x4.splat(-1.42647390514189e-2));
  const y = f32x4.div(f32x4.mul(t, p), q);
  return v128.bitselect(y, x, f32x4.eq(x, x));
}

/** ln x of a positive, normal x: exponent, and the series of 2·artanh((m − 1) / (m + 1)). Needs no table in memory. */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x) - reinterpret<i64>(Math.SQRT1_2);
  const exponent = bits >> 52;
  const mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) + reinterpret<i64>(Math.SQRT1_2));
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let series: f64 = 1.0 / 17;
  for (let k: i32 = 15; k > 0; k -= 2) series = series * z + 1.0 / <f64>k;
  return 2 * s * series + <f64>exponent * Math.LN2;
}
