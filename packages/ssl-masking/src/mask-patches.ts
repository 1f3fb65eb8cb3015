import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { checkRatio, hiddenCount, type Rounding } from './hidden-count.js';
import { drawToFront, type RandomByRow, rowRandom } from './random.js';

/** What {@link maskPatches} takes. */
export interface MaskPatchesOptions {
  /** Pixels of a patch's side; divides height and width. */
  patchSize: number;
  random: Random | RandomByRow;
  /** Share of patches to hide, in (0, 1). Default 0.75. */
  maskRatio?: number;
  /** Default 'nearest'. */
  rounding?: Rounding;
  /** 'block' hides rectangles of patches, at least four each, until the count is reached. Default 'scattered'. */
  layout?: 'scattered' | 'block';
}

/** Which patches are hidden; patches count row by row. The caller disposes the tensors. */
export interface MaskedPatches {
  /** bool [batchSize, height, width, 1], true where hidden: for `hideValues` and encoders that see whole images */
  pixelMask: tf.Tensor4D;
  /** bool [batchSize, patchCount] */
  patchMask: tf.Tensor2D;
  /** int32 [batchSize, visibleCount], rising: for encoders that see only these, see {@link gatherPatches} */
  visible: tf.Tensor2D;
}

/**
 * Draws which patches of each image to hide: the same exact count for every image, at least one, never all.
 *
 * @param shape - of the images: [batchSize, height, width], channels may follow
 * @throws RangeError for a ratio outside (0, 1), a patch that does not divide the sides, or a single patch
 * @see He et al. 2021, arXiv 2111.06377 §3; Bao et al. 2021, arXiv 2106.08254 algorithm 1 (blocks)
 */
export function maskPatches(shape: readonly number[], options: MaskPatchesOptions): MaskedPatches {
  const { patchSize, random, maskRatio = 0.75, rounding, layout = 'scattered' } = options;
  const [batchSize = 0, height = 0, width = 0] = shape;
  checkRatio('maskPatches', maskRatio);
  if (layout !== 'scattered' && layout !== 'block') {
    throw new RangeError(`maskPatches: layout must be scattered or block, got ${JSON.stringify(layout)}.`);
  }
  const [down, across] = patchGrid('maskPatches', height, width, patchSize);
  const patchCount = down * across;
  if (patchCount < 2) throw new RangeError('maskPatches: an image must have at least 2 patches, got 1.');
  const count = hiddenCount(patchCount, maskRatio, rounding);
  const hidden = new Uint8Array(batchSize * patchCount);
  const visible = new Int32Array(batchSize * (patchCount - count));
  for (let image = 0; image < batchSize; image++) {
    const draw = rowRandom(random, image);
    const chosen =
      layout === 'block' ? drawBlocks(down, across, count, draw) : drawScattered(patchCount, count, draw);
    hidden.set(chosen, image * patchCount);
    let seen = image * (patchCount - count);
    for (let patch = 0; patch < patchCount; patch++) if (!chosen[patch]) visible[seen++] = patch;
  }
  return tf.tidy(() => {
    const patchMask = tf.tensor2d(hidden, [batchSize, patchCount], 'bool');
    return {
      pixelMask: spread(patchMask, down, across, patchSize),
      patchMask,
      visible: tf.tensor2d(visible, [batchSize, patchCount - count], 'int32'),
    };
  });
}

/** Patches down and across. @throws RangeError unless the patch divides both sides */
export function patchGrid(name: string, height: number, width: number, patchSize: number): [number, number] {
  if (Number.isInteger(patchSize) && patchSize > 0 && height % patchSize === 0 && width % patchSize === 0) {
    return [height / patchSize, width / patchSize];
  }
  throw new RangeError(
    `${name}: patchSize must divide height and width, got ${patchSize} for ${height} × ${width}. Crop or resize the images.`,
  );
}

function drawScattered(patchCount: number, count: number, random: Random): Uint8Array {
  const order = Int32Array.from({ length: patchCount }, (_, patch) => patch);
  drawToFront(order, patchCount, count, random);
  const chosen = new Uint8Array(patchCount);
  for (const patch of order.subarray(0, count)) chosen[patch] = 1;
  return chosen;
}

/** Rectangles of at least four patches and of sides 0.3 to 3.3 to each other; the last one is cut to the count. */
function drawBlocks(down: number, across: number, count: number, random: Random): Uint8Array {
  const chosen = new Uint8Array(down * across);
  let left = count;
  while (left > 0) {
    const area = 4 + random() * Math.max(0, left - 4);
    const aspect = Math.exp((random() * 2 - 1) * Math.log(1 / 0.3));
    const blockHeight = Math.min(down, Math.max(1, Math.round(Math.sqrt(area * aspect))));
    const blockWidth = Math.min(across, Math.max(1, Math.round(Math.sqrt(area / aspect))));
    const top = Math.floor(random() * (down - blockHeight + 1));
    const start = Math.floor(random() * (across - blockWidth + 1));
    for (let row = top; row < top + blockHeight; row++) {
      for (let column = start; column < start + blockWidth && left > 0; column++) {
        const patch = row * across + column;
        if (chosen[patch]) continue;
        chosen[patch] = 1;
        left--;
      }
    }
  }
  return chosen;
}

/** A value a patch becomes the same value a pixel. */
function spread(patchMask: tf.Tensor2D, down: number, across: number, patchSize: number): tf.Tensor4D {
  const [batchSize] = patchMask.shape;
  const cells = tf.reshape(tf.cast(patchMask, 'float32'), [batchSize, down, 1, across, 1]);
  const pixels = tf.mul(cells, tf.ones([1, 1, patchSize, 1, patchSize]));
  return tf.cast(tf.reshape(pixels, [batchSize, down * patchSize, across * patchSize, 1]), 'bool');
}
