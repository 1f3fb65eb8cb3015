// Gradients of the depthwise convolution: image [images, height, width, channels], filter [height, width, channels,
// multiplier], output channel c·multiplier + m. The geometry is the one of convolution.ts; results start as zeros.
import { multiplyAdd } from './vector';

function word(geometry: usize, index: i32): i32 {
  return load<i32>(geometry + ((<usize>index) << 2));
}

/** Σ over `count` pixels of x·dy for 4 channels, added to `sum`. */
function correlate(x: usize, xStep: usize, dy: usize, dyStep: usize, count: i32, sum: usize): void {
  let total = v128.load(sum);
  for (let i = 0; i < count; i++) {
    total = multiplyAdd(v128.load(x), v128.load(dy), total);
    x += xStep;
    dy += dyStep;
  }
  v128.store(sum, total);
}

/** dx += dy·w over `count` pixels for 4 channels. */
function spread(dx: usize, xStep: usize, dy: usize, dyStep: usize, count: i32, weight: usize): void {
  const w = v128.load(weight);
  for (let i = 0; i < count; i++) {
    v128.store(dx, multiplyAdd(v128.load(dy), w, v128.load(dx)));
    dx += xStep;
    dy += dyStep;
  }
}

/**
 * The gradient of the filter (`ofFilter`: `image` is read, `filter` is added to) or of the image (`filter` is read,
 * `image` is added to), row by row and tap by tap, of channels `firstChannel`‥`lastChannel`.
 */
export function depthwiseGradient(
  image: usize,
  outputGradient: usize,
  filter: usize,
  geometry: usize,
  images: i32,
  multiplier: i32,
  ofFilter: bool,
  firstChannel: i32,
  lastChannel: i32,
): void {
  const inHeight = word(geometry, 0);
  const inWidth = word(geometry, 1);
  const channels = word(geometry, 2);
  const filterHeight = word(geometry, 3);
  const filterWidth = word(geometry, 4);
  const outHeight = word(geometry, 5);
  const outWidth = word(geometry, 6);
  const stride = word(geometry, 8);
  const padLeft = word(geometry, 10);
  const dilationWidth = word(geometry, 12);
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      for (let ky = 0; ky < filterHeight; ky++) {
        const row = y * word(geometry, 7) - word(geometry, 9) + ky * word(geometry, 11);
        if (row < 0 || row >= inHeight) continue;
        for (let kx = 0; kx < filterWidth; kx++) {
          const shift = kx * dilationWidth - padLeft;
          // outputs x with 0 ≤ x·stride + shift < inWidth
          const first = shift >= 0 ? 0 : (stride - 1 - shift) / stride;
          const last = min(outWidth, shift < inWidth ? (inWidth - 1 - shift) / stride + 1 : 0);
          if (first >= last) continue;
          const pixel = (n * inHeight + row) * inWidth + first * stride + shift;
          const output = (n * outHeight + y) * outWidth + first;
          tap(
            image + ((<usize>(pixel * channels)) << 2),
            (<usize>(stride * channels)) << 2,
            outputGradient + ((<usize>(output * channels * multiplier)) << 2),
            (<usize>(channels * multiplier)) << 2,
            last - first,
            filter + ((<usize>((ky * filterWidth + kx) * channels * multiplier)) << 2),
            firstChannel,
            lastChannel,
            multiplier,
            ofFilter,
          );
        }
      }
    }
  }
}

/** One tap of the filter over one row of outputs. */
function tap(
  x: usize,
  xStep: usize,
  dy: usize,
  dyStep: usize,
  count: i32,
  weight: usize,
  first: i32,
  last: i32,
  multiplier: i32,
  ofFilter: bool,
): void {
  let c = first;
  if (multiplier === 1) {
    for (; c + 4 <= last; c += 4) {
      const o = (<usize>c) << 2;
      if (ofFilter) correlate(x + o, xStep, dy + o, dyStep, count, weight + o);
      else spread(x + o, xStep, dy + o, dyStep, count, weight + o);
    }
  }
  for (let out = c * multiplier; out < last * multiplier; out++) {
    let pixel = x + ((<usize>(out / multiplier)) << 2);
    let gradient = dy + ((<usize>out) << 2);
    const w = weight + ((<usize>out) << 2);
    for (let i = 0; i < count; i++) {
      if (ofFilter) store<f32>(w, load<f32>(w) + load<f32>(pixel) * load<f32>(gradient));
      else store<f32>(pixel, load<f32>(pixel) + load<f32>(w) * load<f32>(gradient));
      pixel += xStep;
      gradient += dyStep;
    }
  }
}
