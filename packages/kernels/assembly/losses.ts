// Losses with their gradients in the same pass.
import { exp, log } from './elementary';
import { read, sumLanes, write } from './vector';

/**
 * −log softmax(logits)[label] per row, and its gradient softmax − onehot. A label outside 0‥classes−1 gives NaN.
 */
export function softmaxCrossEntropy(
  logits: usize,
  labels: usize,
  rows: i32,
  classes: i32,
  losses: usize,
  gradient: usize,
): void {
  for (let r = 0; r < rows; r++) {
    let largest = load<f32>(logits);
    for (let i = 1; i < classes; i++) largest = max<f32>(largest, load<f32>(logits + ((<usize>i) << 2)));
    const shift = f32x4.splat(largest);
    let lanes = f32x4.splat(0);
    let total: f32 = 0;
    for (let i = 0; i < classes; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= classes;
      const e = exp(f32x4.sub(read(logits + o, wide), shift));
      write(gradient + o, e, wide);
      if (wide) lanes = f32x4.add(lanes, e);
      else total += f32x4.extract_lane(e, 0);
      i += wide ? 4 : 1;
    }
    total += sumLanes(lanes);
    const share = f32x4.splat(1 / total);
    for (let i = 0; i < classes; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= classes;
      write(gradient + o, f32x4.mul(read(gradient + o, wide), share), wide);
      i += wide ? 4 : 1;
    }
    const label = load<i32>(labels + ((<usize>r) << 2));
    let loss: f32 = <f32>NaN;
    if (label >= 0 && label < classes) {
      const o = (<usize>label) << 2;
      // in double: once a row, and exact where the total is near 1
      loss = <f32>(log(<f64>total) + <f64>largest - <f64>load<f32>(logits + o));
      store<f32>(gradient + o, load<f32>(gradient + o) - 1);
    }
    store<f32>(losses + ((<usize>r) << 2), loss);
    logits += (<usize>classes) << 2;
    gradient += (<usize>classes) << 2;
  }
}

/** Writes mask·(predicted − target) and returns Σ mask·(predicted − target)². */
export function maskedError(predicted: usize, target: usize, mask: usize, length: i32, error: usize): f64 {
  let total: f64 = 0;
  for (let start = 0; start < length; start += 4096) {
    const end = min(length, start + 4096);
    let lanes = f32x4.splat(0);
    let run: f32 = 0;
    for (let i = start; i < end; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= end;
      const d = f32x4.sub(read(predicted + o, wide), read(target + o, wide));
      const hidden = read(mask + o, wide);
      // an error that is not asked for must not spoil the sum, even if it is not finite
      const masked = v128.andnot(f32x4.mul(d, hidden), f32x4.eq(hidden, f32x4.splat(0)));
      const square = v128.andnot(f32x4.mul(masked, d), f32x4.eq(hidden, f32x4.splat(0)));
      write(error + o, masked, wide);
      if (wide) lanes = f32x4.add(lanes, square);
      else run += f32x4.extract_lane(square, 0);
      i += wide ? 4 : 1;
    }
    total += <f64>(run + sumLanes(lanes));
  }
  return total;
}

/** y = x·factor for `length` values. */
export function scale(x: usize, factor: f32, length: i32, y: usize): void {
  const f = f32x4.splat(factor);
  for (let i = 0; i < length; ) {
    const o = (<usize>i) << 2;
    const wide = i + 4 <= length;
    write(y + o, f32x4.mul(read(x + o, wide), f), wide);
    i += wide ? 4 : 1;
  }
}
