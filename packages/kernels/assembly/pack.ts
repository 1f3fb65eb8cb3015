// Copies blocks of A and B into the order in which the micro-kernel reads them.

/** Rows of C that one call of the micro-kernel makes. */
export const MR: i32 = 6;
/** Columns of C that one call of the micro-kernel makes. */
export const NR: i32 = 8;

/** Four rows of four columns become four columns: writes column i at `to + i * stride`. */
function transpose4(r0: v128, r1: v128, r2: v128, r3: v128, to: usize, stride: usize): void {
  const low01 = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const high01 = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const low23 = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const high23 = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(low01, low23, 0, 2));
  v128.store(to + stride, i64x2.shuffle(low01, low23, 1, 3));
  v128.store(to + 2 * stride, i64x2.shuffle(high01, high23, 0, 2));
  v128.store(to + 3 * stride, i64x2.shuffle(high01, high23, 1, 3));
}

/** Interleaves `depth` values of each of `count` rows into slots of `width`, zeros where no row is. */
function interleave(
  from: usize,
  rowBytes: usize,
  count: i32,
  width: i32,
  start: i32,
  depth: i32,
  to: usize,
): void {
  for (let row = 0; row < width; row++) {
    const source = from + <usize>row * rowBytes;
    const target = to + ((<usize>row) << 2);
    for (let k = start; k < depth; k++) {
      const value = row < count ? load<f32>(source + ((<usize>k) << 2)) : <f32>0;
      store<f32>(target + <usize>(k * width) * 4, value);
    }
  }
}

/** Copies `count` neighbours out of each of `depth` rows into slots of `width`, zero padded. */
function gather(from: usize, rowBytes: usize, count: i32, width: i32, depth: i32, to: usize): void {
  for (let k = 0; k < depth; k++) {
    for (let x = 0; x < width; x++) {
      store<f32>(to + ((<usize>x) << 2), x < count ? load<f32>(from + ((<usize>x) << 2)) : <f32>0);
    }
    from += rowBytes;
    to += (<usize>width) << 2;
  }
}

/** `depth` × `columns` of B at `from` into panels of NR columns. */
export function packB(from: usize, stride: i32, transposed: bool, depth: i32, columns: i32, to: usize): void {
  const rowBytes = (<usize>stride) << 2;
  for (let j = 0; j < columns; j += NR) {
    const width = min(NR, columns - j);
    if (transposed) packRowsOfB(from + <usize>j * rowBytes, rowBytes, width, depth, to);
    else packColumnsOfB(from + ((<usize>j) << 2), rowBytes, width, depth, to);
    to += (<usize>(depth * NR)) << 2;
  }
}

function packColumnsOfB(from: usize, rowBytes: usize, width: i32, depth: i32, to: usize): void {
  if (width < NR) {
    gather(from, rowBytes, width, NR, depth, to);
    return;
  }
  for (let k = 0; k < depth; k++) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += rowBytes;
    to += 32;
  }
}

function packRowsOfB(from: usize, rowBytes: usize, width: i32, depth: i32, to: usize): void {
  let k = 0;
  if (width === NR) {
    for (; k + 4 <= depth; k += 4) {
      let source = from + ((<usize>k) << 2);
      const target = to + ((<usize>k) << 5);
      const r0 = v128.load(source);
      const r1 = v128.load(source + rowBytes);
      const r2 = v128.load(source + 2 * rowBytes);
      const r3 = v128.load(source + 3 * rowBytes);
      transpose4(r0, r1, r2, r3, target, 32);
      source += 4 * rowBytes;
      const r4 = v128.load(source);
      const r5 = v128.load(source + rowBytes);
      const r6 = v128.load(source + 2 * rowBytes);
      const r7 = v128.load(source + 3 * rowBytes);
      transpose4(r4, r5, r6, r7, target + 16, 32);
    }
  }
  interleave(from, rowBytes, width, NR, k, depth, to);
}

/** `rows` × `depth` of A at `from` into panels of MR rows. */
export function packA(from: usize, stride: i32, transposed: bool, rows: i32, depth: i32, to: usize): void {
  const rowBytes = (<usize>stride) << 2;
  for (let i = 0; i < rows; i += MR) {
    const height = min(MR, rows - i);
    if (transposed) packColumnsOfA(from + ((<usize>i) << 2), rowBytes, height, depth, to);
    else packRowsOfA(from + <usize>i * rowBytes, rowBytes, height, depth, to);
    to += (<usize>(depth * MR)) << 2;
  }
}

function packColumnsOfA(from: usize, rowBytes: usize, height: i32, depth: i32, to: usize): void {
  if (height < MR) {
    gather(from, rowBytes, height, MR, depth, to);
    return;
  }
  for (let k = 0; k < depth; k++) {
    v128.store(to, v128.load(from));
    store<u64>(to, load<u64>(from, 16), 16);
    from += rowBytes;
    to += 24;
  }
}

function packRowsOfA(from: usize, rowBytes: usize, height: i32, depth: i32, to: usize): void {
  let k = 0;
  if (height === MR) {
    for (; k + 4 <= depth; k += 4) {
      const source = from + ((<usize>k) << 2);
      const target = to + <usize>(k * 24);
      const r0 = v128.load(source);
      const r1 = v128.load(source + rowBytes);
      const r2 = v128.load(source + 2 * rowBytes);
      const r3 = v128.load(source + 3 * rowBytes);
      transpose4(r0, r1, r2, r3, target, 24);
      const r4 = v128.load(source + 4 * rowBytes);
      const r5 = v128.load(source + 5 * rowBytes);
      const low = i32x4.shuffle(r4, r5, 0, 4, 1, 5);
      const high = i32x4.shuffle(r4, r5, 2, 6, 3, 7);
      v128.store64_lane(target, low, 0, 16);
      v128.store64_lane(target, low, 1, 40);
      v128.store64_lane(target, high, 0, 64);
      v128.store64_lane(target, high, 1, 88);
    }
  }
  interleave(from, rowBytes, height, MR, k, depth, to);
}
