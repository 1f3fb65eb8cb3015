import * as tf from '@tensorflow/tfjs-core';
import { mixAxis } from '@warmstart/nn';

/** How pixels between pixels are made up. */
export type Interpolation = 'bilinear' | 'bicubic';

const kernels: Record<Interpolation, { reach: number; weight: (distance: number) => number }> = {
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { reach: 2, weight: (x) => cubic(Math.abs(x)) },
};

/** Keys' cubic with a = −0.5. @see Keys 1981 */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/**
 * Resizes images as PIL does: with antialiasing when they shrink. Two matrix products, so it runs on every
 * backend, and gradients pass.
 *
 * @param x - [batch, height, width, channels]
 * @param size - [height, width]
 * @param options.asBytes - round to 0 … 255 after each direction, as Pillow does with 8-bit images. Gradients
 *   do not pass then. Default false: bicubic may pass the range of the input.
 * @returns [batch, ...size, channels]
 * @see Pillow's `Image.resize`; torchvision's `resize(antialias=True)`
 */
export function resize(
  x: tf.Tensor,
  size: readonly [number, number],
  { interpolation = 'bilinear', asBytes = false }: { interpolation?: Interpolation; asBytes?: boolean } = {},
): tf.Tensor {
  const [, height, width] = x.shape as [number, number, number];
  return tf.tidy(() => {
    const bytes = (values: tf.Tensor) =>
      asBytes ? tf.clipByValue(tf.floor(tf.add(values, 0.5)), 0, 255) : values;
    const along = (values: tf.Tensor, axis: 0 | 1) => {
      const inputs = values.shape[axis + 1] as number;
      if (inputs === size[axis]) return values;
      return bytes(mixAxis(values, axis + 1, resizeWeights(inputs, size[axis], interpolation)));
    };
    // Like Pillow 13: first the direction that leaves less to do.
    const first = height * size[1] <= size[0] * width ? 1 : 0;
    return tf.clone(along(along(x, first), first === 1 ? 0 : 1));
  });
}

/** @returns [outputs][inputs]; each row sums to 1 */
export function resizeWeights(inputs: number, outputs: number, interpolation: Interpolation): number[][] {
  const { reach, weight } = kernels[interpolation];
  const scale = inputs / outputs;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: outputs }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.floor(centre - reach * stretch + 0.5));
    const end = Math.min(inputs, Math.floor(centre + reach * stretch + 0.5));
    const row = new Array<number>(inputs).fill(0);
    let sum = 0;
    for (let j = start; j < end; j++) {
      row[j] = weight((j + 0.5 - centre) / stretch);
      sum += row[j] as number;
    }
    return row.map((value) => value / sum);
  });
}
