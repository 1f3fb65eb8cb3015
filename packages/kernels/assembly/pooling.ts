// Gradients of pooling. The geometry is the one of convolution.ts; `gradient` starts as zeros.

function word(geometry: usize, index: i32): i32 {
  return load<i32>(geometry + ((<usize>index) << 2));
}

/** Each output's gradient goes to the first largest value of its window, as in PyTorch. */
export function maxPoolGradient(
  image: usize,
  outputGradient: usize,
  gradient: usize,
  geometry: usize,
  images: i32,
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
  for (let n = 0; n < images; n++) {
    for (let y = 0; y < outHeight; y++) {
      const top = y * word(geometry, 7) - word(geometry, 9);
      for (let x = 0; x < outWidth; x++) {
        const left = x * word(geometry, 8) - word(geometry, 10);
        for (let c = 0; c < channels; c++) {
          let best: f32 = 0;
          let where: i32 = -1;
          for (let ky = 0; ky < filterHeight; ky++) {
            const row = top + ky * dilationHeight;
            if (row < 0 || row >= inHeight) continue;
            for (let kx = 0; kx < filterWidth; kx++) {
              const column = left + kx * dilationWidth;
              if (column < 0 || column >= inWidth) continue;
              const index = (row * inWidth + column) * channels + c;
              const value = load<f32>(image + ((<usize>index) << 2));
              if (where < 0 || !(value <= best)) {
                best = value;
                where = index;
              }
            }
          }
          if (where >= 0) {
            const target = gradient + ((<usize>where) << 2);
            store<f32>(target, load<f32>(target) + load<f32>(outputGradient));
          }
          outputGradient += 4;
        }
      }
    }
    image += (<usize>(inHeight * inWidth * channels)) << 2;
    gradient += (<usize>(inHeight * inWidth * channels)) << 2;
  }
}
