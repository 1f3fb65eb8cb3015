/**
 * Adds row i of `rows` [count, length] to row `ids[i]` of `sums` [segments, length], which starts as zeros.
 * Rows whose id lies outside 0‥segments−1 are left out, as tfjs does.
 */
export function segmentSum(
  rows: usize,
  ids: usize,
  count: i32,
  length: i32,
  segments: i32,
  sums: usize,
): void {
  const rowBytes = (<usize>length) << 2;
  for (let i = 0; i < count; i++) {
    const id = load<i32>(ids + ((<usize>i) << 2));
    if (id >= 0 && id < segments) addRow(sums + <usize>id * rowBytes, rows, length);
    rows += rowBytes;
  }
}

function addRow(to: usize, from: usize, length: i32): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const o = (<usize>i) << 2;
    v128.store(to + o, f32x4.add(v128.load(to + o), v128.load(from + o)));
  }
  for (; i < length; i++) {
    const o = (<usize>i) << 2;
    store<f32>(to + o, load<f32>(to + o) + load<f32>(from + o));
  }
}
