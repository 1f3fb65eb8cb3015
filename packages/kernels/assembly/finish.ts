// What follows a product while it is still in cache: bias and activation.

/** Nothing, relu, relu6: the activations simple enough to ride along. Numbers shared with src/wasm/matmul.ts. */
const RELU: i32 = 1;
const RELU6: i32 = 2;

function activate(x: v128, activation: i32): v128 {
  const zero = f32x4.splat(0);
  // a comparison, not max: NaN must pass through
  if (activation === RELU) return v128.andnot(x, f32x4.lt(x, zero));
  if (activation === RELU6) {
    const six = f32x4.splat(6);
    const capped = v128.bitselect(six, x, f32x4.gt(x, six));
    return v128.andnot(capped, f32x4.lt(capped, zero));
  }
  return x;
}

/** Adds `bias` (one per column, or 0) to a block of C and applies the activation. */
export function finish(c: usize, stride: i32, rows: i32, columns: i32, bias: usize, activation: i32): void {
  const rowBytes = (<usize>stride) << 2;
  for (let row = 0; row < rows; row++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const offset = (<usize>j) << 2;
      let x = v128.load(c + offset);
      if (bias !== 0) x = f32x4.add(x, v128.load(bias + offset));
      v128.store(c + offset, activate(x, activation));
    }
    for (; j < columns; j++) {
      const offset = (<usize>j) << 2;
      let x = v128.load32_splat(c + offset);
      if (bias !== 0) x = f32x4.add(x, v128.load32_splat(bias + offset));
      v128.store32_lane(c + offset, activate(x, activation), 0);
    }
    c += rowBytes;
  }
}
