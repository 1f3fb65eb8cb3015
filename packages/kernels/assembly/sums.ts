// Sums along rows and columns. Long columns are added up in runs, so that small values are not lost in a large sum.
import { read, sumLanes, write } from './vector';

const RUN: i32 = 256;

/** sums[c] (+)= Σ over rows of x[rows, columns]. */
export function sumColumns(x: usize, rows: i32, columns: i32, sums: usize, accumulate: bool): void {
  const rowBytes = (<usize>columns) << 2;
  for (let c = 0; c < columns; ) {
    const o = (<usize>c) << 2;
    if (c + 16 <= columns) {
      sumColumns16(x + o, rowBytes, rows, sums + o, accumulate);
      c += 16;
      continue;
    }
    const wide = c + 4 <= columns;
    let total = accumulate ? read(sums + o, wide) : f32x4.splat(0);
    for (let start = 0; start < rows; start += RUN) {
      let run = f32x4.splat(0);
      const end = min(rows, start + RUN);
      for (let r = start; r < end; r++) run = f32x4.add(run, read(x + o + <usize>r * rowBytes, wide));
      total = f32x4.add(total, run);
    }
    write(sums + o, total, wide);
    c += wide ? 4 : 1;
  }
}

function sumColumns16(x: usize, rowBytes: usize, rows: i32, sums: usize, accumulate: bool): void {
  const zero = f32x4.splat(0);
  let t0 = accumulate ? v128.load(sums) : zero;
  let t1 = accumulate ? v128.load(sums, 16) : zero;
  let t2 = accumulate ? v128.load(sums, 32) : zero;
  let t3 = accumulate ? v128.load(sums, 48) : zero;
  for (let start = 0; start < rows; start += RUN) {
    let r0 = zero;
    let r1 = zero;
    let r2 = zero;
    let r3 = zero;
    const end = min(rows, start + RUN);
    for (let r = start; r < end; r++) {
      r0 = f32x4.add(r0, v128.load(x));
      r1 = f32x4.add(r1, v128.load(x, 16));
      r2 = f32x4.add(r2, v128.load(x, 32));
      r3 = f32x4.add(r3, v128.load(x, 48));
      x += rowBytes;
    }
    t0 = f32x4.add(t0, r0);
    t1 = f32x4.add(t1, r1);
    t2 = f32x4.add(t2, r2);
    t3 = f32x4.add(t3, r3);
  }
  v128.store(sums, t0);
  v128.store(sums, t1, 16);
  v128.store(sums, t2, 32);
  v128.store(sums, t3, 48);
}

/** Σ of `length` values from `x`. */
export function sum(x: usize, length: i32): f32 {
  let total: f32 = 0;
  for (let start = 0; start < length; start += 16 * RUN) {
    const end = min(length, start + 16 * RUN);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let i = start;
    for (; i + 8 <= end; i += 8) {
      const o = (<usize>i) << 2;
      a = f32x4.add(a, v128.load(x + o));
      b = f32x4.add(b, v128.load(x + o, 16));
    }
    let run = sumLanes(f32x4.add(a, b));
    for (; i < end; i++) run += load<f32>(x + ((<usize>i) << 2));
    total += run;
  }
  return total;
}

/** sums[r] = Σ over columns of x[rows, columns]. */
export function sumRows(x: usize, rows: i32, columns: i32, sums: usize): void {
  for (let r = 0; r < rows; r++) {
    store<f32>(sums + ((<usize>r) << 2), sum(x, columns));
    x += (<usize>columns) << 2;
  }
}
