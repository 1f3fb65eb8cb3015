// Arithmetic on four floats at a time.

/** a·b + c; fused (one rounding) where the module was built with relaxed SIMD. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The four lanes added up, in a fixed order. */
export function sumLanes(x: v128): f32 {
  const pairs = f32x4.add(x, i64x2.shuffle(x, x, 1, 0));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Four floats, or the single one that is left at the end of a tensor. */
export function read(from: usize, wide: bool): v128 {
  return wide ? v128.load(from) : v128.load32_splat(from);
}

/** Writes what `read` read: never past the end of a tensor. */
export function write(to: usize, x: v128, wide: bool): void {
  if (wide) v128.store(to, x);
  else v128.store32_lane(to, x, 0);
}
