// C = A·B (+ bias, activation) after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
// (2008): blocks of A and B are packed so that the micro-kernel reads both in order, from near caches.
import { finish } from './finish';
import { MR, NR, packA, packB } from './pack';
import { multiplyAdd } from './vector';

const KC: i32 = 256; // depth of a block: a panel of B stays in the first-level cache
const MC: i32 = 96; // rows of a block of A: it stays in the second-level cache
const NC: i32 = 1024; // columns of a block of B

/** Bytes of working memory that `gemm` needs; every thread has its own. */
export function gemmScratchBytes(): i32 {
  return (MC * KC + KC * (NC + NR) + MR * NR) * 4 + 64;
}

/**
 * C[rows, columns] = A·B, or C += A·B. Row-major; a stride is the length of a row in memory. A transposed operand is
 * stored the other way round. `bias` (one value per column, or 0) and `activation` are applied last.
 */
export function gemm(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aStride: i32,
  aTransposed: bool,
  b: usize,
  bStride: i32,
  bTransposed: bool,
  c: usize,
  cStride: i32,
  accumulate: bool,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  const packedA = (scratch + 15) & ~15;
  const packedB = packedA + MC * KC * 4;
  const edge = packedB + KC * (NC + NR) * 4;
  for (let jc = 0; jc < columns; jc += NC) {
    const width = min(NC, columns - jc);
    for (let pc = 0; pc < depth; pc += KC) {
      const length = min(KC, depth - pc);
      const add = accumulate || pc > 0;
      const last = pc + length >= depth;
      packB(b + at(pc, jc, bStride, bTransposed), bStride, bTransposed, length, width, packedB);
      for (let ic = 0; ic < rows; ic += MC) {
        const height = min(MC, rows - ic);
        packA(a + at(ic, pc, aStride, aTransposed), aStride, aTransposed, height, length, packedA);
        const corner = c + at(ic, jc, cStride, false);
        block(height, width, length, packedA, packedB, corner, cStride, add, edge);
        if (last && (bias !== 0 || activation !== 0)) {
          const biasHere = bias === 0 ? bias : bias + ((<usize>jc) << 2);
          finish(corner, cStride, height, width, biasHere, activation);
        }
      }
    }
  }
}

function at(row: i32, column: i32, stride: i32, transposed: bool): usize {
  const index = transposed
    ? <usize>column * <usize>stride + <usize>row
    : <usize>row * <usize>stride + <usize>column;
  return index << 2;
}

/** All micro-kernel calls of one packed block. */
function block(
  rows: i32,
  columns: i32,
  depth: i32,
  packedA: usize,
  packedB: usize,
  c: usize,
  stride: i32,
  add: bool,
  edge: usize,
): void {
  for (let j = 0; j < columns; j += NR) {
    const b = packedB + ((<usize>(j * depth)) << 2);
    const width = min(NR, columns - j);
    for (let i = 0; i < rows; i += MR) {
      const a = packedA + ((<usize>(i * depth)) << 2);
      const corner = c + at(i, j, stride, false);
      const height = min(MR, rows - i);
      if (height === MR && width === NR) microKernel(depth, a, b, corner, stride, add);
      else {
        microKernel(depth, a, b, edge, NR, false);
        copyEdge(edge, corner, stride, height, width, add);
      }
    }
  }
}

function copyEdge(from: usize, to: usize, stride: i32, height: i32, width: i32, add: bool): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const target = to + at(y, x, stride, false);
      const value = load<f32>(from + ((<usize>(y * NR + x)) << 2));
      store<f32>(target, add ? load<f32>(target) + value : value);
    }
  }
}

function storeRow(to: usize, left: v128, right: v128, add: bool): void {
  if (add) {
    left = f32x4.add(v128.load(to), left);
    right = f32x4.add(v128.load(to, 16), right);
  }
  v128.store(to, left);
  v128.store(to, right, 16);
}

/** MR × NR values of C in twelve registers: 12 multiply-adds for 8 loads. */
function microKernel(depth: i32, a: usize, b: usize, c: usize, stride: i32, add: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  const end = a + <usize>(depth * MR * 4);
  while (a < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = multiplyAdd(x, b0, c50);
    c51 = multiplyAdd(x, b1, c51);
    a += 24;
    b += 32;
  }
  const rowBytes = (<usize>stride) << 2;
  storeRow(c, c00, c01, add);
  c += rowBytes;
  storeRow(c, c10, c11, add);
  c += rowBytes;
  storeRow(c, c20, c21, add);
  c += rowBytes;
  storeRow(c, c30, c31, add);
  c += rowBytes;
  storeRow(c, c40, c41, add);
  c += rowBytes;
  storeRow(c, c50, c51, add);
}

/** `gemm` for `batch` pairs of matrices, `aStep`, `bStep` and `cStep` bytes apart. */
export function gemmBatch(
  batch: i32,
  aStep: usize,
  bStep: usize,
  cStep: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  aStride: i32,
  aTransposed: bool,
  b: usize,
  bStride: i32,
  bTransposed: bool,
  c: usize,
  cStride: i32,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  for (let i = 0; i < batch; i++) {
    gemm(
      rows,
      columns,
      depth,
      a,
      aStride,
      aTransposed,
      b,
      bStride,
      bTransposed,
      c,
      cStride,
      false,
      bias,
      activation,
      scratch,
    );
    a += aStep;
    b += bStep;
    c += cStep;
  }
}
