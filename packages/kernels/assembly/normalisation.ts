// Layer normalisation (Ba, Kiros and Hinton 2016) over rows, batch normalisation (Ioffe and Szegedy 2015) over columns.
import { sum, sumColumns } from './sums';
import { read, sumLanes, write } from './vector';

/** Σ (x − mean)² of one row. */
function spreadOf(x: usize, length: i32, mean: f32): f32 {
  const centre = f32x4.splat(mean);
  let total = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const d = f32x4.sub(v128.load(x + ((<usize>i) << 2)), centre);
    total = f32x4.add(total, f32x4.mul(d, d));
  }
  let result = sumLanes(total);
  for (; i < length; i++) {
    const d = load<f32>(x + ((<usize>i) << 2)) - mean;
    result += d * d;
  }
  return result;
}

/** y = (x − mean)·scale·gain + bias per row of x[rows, length]; keeps mean and scale = 1/√(variance + ε) per row. */
export function layerNorm(
  x: usize,
  gain: usize,
  bias: usize,
  rows: i32,
  length: i32,
  epsilon: f32,
  y: usize,
  means: usize,
  scales: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const mean = sum(x, length) / <f32>length;
    const scale: f32 = 1 / sqrt<f32>(spreadOf(x, length, mean) / <f32>length + epsilon);
    store<f32>(means + ((<usize>r) << 2), mean);
    store<f32>(scales + ((<usize>r) << 2), scale);
    const centre = f32x4.splat(mean);
    const factor = f32x4.splat(scale);
    for (let i = 0; i < length; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= length;
      const normal = f32x4.mul(f32x4.sub(read(x + o, wide), centre), factor);
      write(y + o, f32x4.add(f32x4.mul(normal, read(gain + o, wide)), read(bias + o, wide)), wide);
      i += wide ? 4 : 1;
    }
    x += (<usize>length) << 2;
    y += (<usize>length) << 2;
  }
}

/** dx, and dgain and dbias added to what starts as zeros. */
export function layerNormGradient(
  x: usize,
  gain: usize,
  dy: usize,
  rows: i32,
  length: i32,
  means: usize,
  scales: usize,
  dx: usize,
  gainGradient: usize,
  biasGradient: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const centre = v128.load32_splat(means + ((<usize>r) << 2));
    const factor = v128.load32_splat(scales + ((<usize>r) << 2));
    let flows = f32x4.splat(0);
    let products = f32x4.splat(0);
    let flowRest: f32 = 0;
    let productRest: f32 = 0;
    for (let i = 0; i < length; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= length;
      const normal = f32x4.mul(f32x4.sub(read(x + o, wide), centre), factor);
      const g = read(dy + o, wide);
      const slope = f32x4.mul(g, normal);
      write(gainGradient + o, f32x4.add(read(gainGradient + o, wide), slope), wide);
      write(biasGradient + o, f32x4.add(read(biasGradient + o, wide), g), wide);
      const flow = f32x4.mul(g, read(gain + o, wide));
      const product = f32x4.mul(flow, normal);
      if (wide) {
        flows = f32x4.add(flows, flow);
        products = f32x4.add(products, product);
      } else {
        flowRest += f32x4.extract_lane(flow, 0);
        productRest += f32x4.extract_lane(product, 0);
      }
      i += wide ? 4 : 1;
    }
    const meanFlow = f32x4.splat((sumLanes(flows) + flowRest) / <f32>length);
    const meanProduct = f32x4.splat((sumLanes(products) + productRest) / <f32>length);
    for (let i = 0; i < length; ) {
      const o = (<usize>i) << 2;
      const wide = i + 4 <= length;
      const normal = f32x4.mul(f32x4.sub(read(x + o, wide), centre), factor);
      const flow = f32x4.mul(read(dy + o, wide), read(gain + o, wide));
      const rest = f32x4.sub(f32x4.sub(flow, meanFlow), f32x4.mul(normal, meanProduct));
      write(dx + o, f32x4.mul(factor, rest), wide);
      i += wide ? 4 : 1;
    }
    x += (<usize>length) << 2;
    dy += (<usize>length) << 2;
    dx += (<usize>length) << 2;
  }
}

/**
 * y = (x − mean)·scale·gain + bias per column of x[rows, columns]; keeps the batch's mean, its variance (divided by
 * rows) and scale = 1/√(variance + ε). `y` is used as working memory before it is written.
 */
export function batchNorm(
  x: usize,
  gain: usize,
  bias: usize,
  rows: i32,
  columns: i32,
  epsilon: f32,
  y: usize,
  means: usize,
  variances: usize,
  scales: usize,
): void {
  sumColumns(x, rows, columns, means, false);
  for (let c = 0; c < columns; c++) {
    const o = (<usize>c) << 2;
    store<f32>(means + o, load<f32>(means + o) / <f32>rows);
  }
  eachRow(x, rows, columns, means, y);
  sumColumns(y, rows, columns, variances, false);
  for (let c = 0; c < columns; c++) {
    const o = (<usize>c) << 2;
    const variance = load<f32>(variances + o) / <f32>rows;
    store<f32>(variances + o, variance);
    store<f32>(scales + o, 1 / sqrt<f32>(variance + epsilon));
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; ) {
      const o = (<usize>c) << 2;
      const wide = c + 4 <= columns;
      const centred = f32x4.sub(read(x + o, wide), read(means + o, wide));
      const normal = f32x4.mul(centred, read(scales + o, wide));
      write(y + o, f32x4.add(f32x4.mul(normal, read(gain + o, wide)), read(bias + o, wide)), wide);
      c += wide ? 4 : 1;
    }
    x += (<usize>columns) << 2;
    y += (<usize>columns) << 2;
  }
}

/** y = (x − mean)² per column. */
function eachRow(x: usize, rows: i32, columns: i32, means: usize, y: usize): void {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; ) {
      const o = (<usize>c) << 2;
      const wide = c + 4 <= columns;
      const d = f32x4.sub(read(x + o, wide), read(means + o, wide));
      write(y + o, f32x4.mul(d, d), wide);
      c += wide ? 4 : 1;
    }
    x += (<usize>columns) << 2;
    y += (<usize>columns) << 2;
  }
}

/** dx, dgain and dbias. `dx` is used as working memory before it is written. */
export function batchNormGradient(
  x: usize,
  gain: usize,
  dy: usize,
  rows: i32,
  columns: i32,
  means: usize,
  scales: usize,
  dx: usize,
  gainGradient: usize,
  biasGradient: usize,
): void {
  const size = (<usize>columns) << 2;
  for (let r = 0; r < rows; r++) {
    const row = <usize>r * size;
    for (let c = 0; c < columns; ) {
      const o = (<usize>c) << 2;
      const wide = c + 4 <= columns;
      const centred = f32x4.sub(read(x + row + o, wide), read(means + o, wide));
      const normal = f32x4.mul(centred, read(scales + o, wide));
      write(dx + row + o, f32x4.mul(normal, read(dy + row + o, wide)), wide);
      c += wide ? 4 : 1;
    }
  }
  sumColumns(dx, rows, columns, gainGradient, false);
  sumColumns(dy, rows, columns, biasGradient, false);
  const share = f32x4.splat(1 / <f32>rows);
  for (let r = 0; r < rows; r++) {
    const row = <usize>r * size;
    for (let c = 0; c < columns; ) {
      const o = (<usize>c) << 2;
      const wide = c + 4 <= columns;
      const scale = read(scales + o, wide);
      const normal = f32x4.mul(f32x4.sub(read(x + row + o, wide), read(means + o, wide)), scale);
      const meanFlow = f32x4.mul(read(biasGradient + o, wide), share);
      const along = f32x4.mul(normal, f32x4.mul(read(gainGradient + o, wide), share));
      const rest = f32x4.sub(f32x4.sub(read(dy + row + o, wide), meanFlow), along);
      write(dx + row + o, f32x4.mul(f32x4.mul(read(gain + o, wide), scale), rest), wide);
      c += wide ? 4 : 1;
    }
  }
}
