// Windows of an image batch [images, height, width, channels] as rows of a matrix, and back.
// A geometry is 12 words: inHeight inWidth channels filterHeight filterWidth outHeight outWidth
// strideHeight strideWidth padTop padLeft dilationHeight dilationWidth (13th).

import { gemm } from './gemm';

function word(geometry: usize, index: i32): i32 {
  return load<i32>(geometry + ((<usize>index) << 2));
}

function addTo(to: usize, from: usize, length: i32): void {
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

function copy(to: usize, from: usize, length: i32): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) v128.store(to + ((<usize>i) << 2), v128.load(from + ((<usize>i) << 2)));
  for (; i < length; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)));
}

function clear(to: usize, length: i32): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) v128.store(to + ((<usize>i) << 2), f32x4.splat(0));
  for (; i < length; i++) store<f32>(to + ((<usize>i) << 2), 0);
}

/**
 * Rows `first`‥`last` (an output position each, counted over the batch) of the window matrix
 * [positions, filterHeight·filterWidth·channels] at `windows`. `gather` reads them out of `image`;
 * otherwise they are added into it.
 */
function windowRows(
  image: usize,
  geometry: usize,
  first: i32,
  last: i32,
  windows: usize,
  gather: bool,
): void {
  const inHeight = word(geometry, 0);
  const inWidth = word(geometry, 1);
  const channels = word(geometry, 2);
  const filterHeight = word(geometry, 3);
  const filterWidth = word(geometry, 4);
  const outHeight = word(geometry, 5);
  const outWidth = word(geometry, 6);
  const dilationHeight = word(geometry, 11);
  const dilationWidth = word(geometry, 12);
  const dense = dilationWidth === 1;
  const channelBytes = (<usize>channels) << 2;
  for (let position = first; position < last; position++) {
    const x = position % outWidth;
    const rest = position / outWidth;
    const y = rest % outHeight;
    const start = image + <usize>(rest / outHeight) * <usize>(inHeight * inWidth) * channelBytes;
    const top = y * word(geometry, 7) - word(geometry, 9);
    const left = x * word(geometry, 8) - word(geometry, 10);
    const inside = dense && left >= 0 && left + filterWidth <= inWidth;
    for (let ky = 0; ky < filterHeight; ky++) {
      const row = top + ky * dilationHeight;
      const rowStart = start + <usize>(row * inWidth) * channelBytes;
      if (row < 0 || row >= inHeight) {
        if (gather) clear(windows, filterWidth * channels);
        windows += <usize>filterWidth * channelBytes;
      } else if (inside) {
        const pixels = rowStart + <usize>left * channelBytes;
        if (gather) copy(windows, pixels, filterWidth * channels);
        else addTo(pixels, windows, filterWidth * channels);
        windows += <usize>filterWidth * channelBytes;
      } else {
        for (let kx = 0; kx < filterWidth; kx++) {
          const column = left + kx * dilationWidth;
          const outside = column < 0 || column >= inWidth;
          const pixel = rowStart + <usize>column * channelBytes;
          if (outside) {
            if (gather) clear(windows, channels);
          } else if (gather) copy(windows, pixel, channels);
          else addTo(pixel, windows, channels);
          windows += channelBytes;
        }
      }
    }
  }
}

// what `convolve` makes; numbers shared with src/wasm/convolution.ts
const FORWARD: i32 = 0;
const FILTER_GRADIENT: i32 = 1;

/**
 * Output positions `first`‥`last` of a convolution, `chunk` at a time through a window matrix:
 * forward, outputs = act(windows · filter + bias); filter gradient, filter += windowsᵀ · outputs;
 * image gradient, windows = outputs · filterᵀ, added into the image.
 * `direct` where the windows are the image itself: one tap, no stride, no padding.
 */
export function convolve(
  what: i32,
  image: usize,
  filter: usize,
  outputs: usize,
  geometry: usize,
  outChannels: i32,
  first: i32,
  last: i32,
  chunk: i32,
  direct: bool,
  windows: usize,
  bias: usize,
  activation: i32,
  scratch: usize,
): void {
  const length = word(geometry, 2) * word(geometry, 3) * word(geometry, 4);
  for (let start = first; start < last; start += chunk) {
    const end = min(last, start + chunk);
    const count = end - start;
    const out = outputs + ((<usize>start * <usize>outChannels) << 2);
    const rows = direct ? image + ((<usize>start * <usize>length) << 2) : windows;
    if (what === FORWARD) {
      if (!direct) windowRows(image, geometry, start, end, rows, true);
      gemm(
        count,
        outChannels,
        length,
        rows,
        length,
        false,
        filter,
        outChannels,
        false,
        out,
        outChannels,
        false,
        bias,
        activation,
        scratch,
      );
    } else if (what === FILTER_GRADIENT) {
      if (!direct) windowRows(image, geometry, start, end, rows, true);
      gemm(
        length,
        outChannels,
        count,
        rows,
        length,
        true,
        out,
        outChannels,
        false,
        filter,
        outChannels,
        true,
        0,
        0,
        scratch,
      );
    } else {
      gemm(
        count,
        length,
        outChannels,
        out,
        outChannels,
        false,
        filter,
        outChannels,
        true,
        rows,
        length,
        false,
        0,
        0,
        scratch,
      );
      if (!direct) windowRows(image, geometry, start, end, rows, false);
    }
  }
}
