import * as tf from '@tensorflow/tfjs-core';
import { type Interpolation, resize } from './resize.js';

/** How a network's images were prepared when it was trained. */
export interface ImagePreparation {
  /** the shorter side is brought to this */
  resizeTo: number;
  /** and the middle of this size is cut out */
  cropTo: number;
  interpolation: Interpolation;
  /** of red, green, blue in [0, 1] */
  mean: readonly [number, number, number];
  deviation: readonly [number, number, number];
}

const imageNet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;
const prepare = (
  resizeTo: number,
  cropTo: number,
  interpolation: Interpolation = 'bilinear',
): ImagePreparation => ({ resizeTo, cropTo, interpolation, ...imageNet });

/**
 * How the published weights of a network want their images.
 *
 * @param name - of the zoo, '…_v2' for torchvision's second weights of it, or 'keras_inception_v3'
 * @throws RangeError if nothing is known of it
 * @see torchvision's `Weights.transforms()`
 */
export function imagePreparation(name: string): ImagePreparation {
  const table: Record<string, ImagePreparation> = {
    vgg19: prepare(256, 224),
    vgg19_bn: prepare(256, 224),
    vgg16: prepare(256, 224),
    vgg16_bn: prepare(256, 224),
    resnet18: prepare(256, 224),
    resnet34: prepare(256, 224),
    resnet50: prepare(256, 224),
    resnet50_v2: prepare(232, 224),
    resnet101: prepare(256, 224),
    resnet101_v2: prepare(232, 224),
    resnet152: prepare(256, 224),
    resnet152_v2: prepare(232, 224),
    googlenet: prepare(256, 224),
    inception_v3: prepare(342, 299),
    efficientnet_b0: prepare(256, 224, 'bicubic'),
    efficientnet_b1: prepare(256, 240, 'bicubic'),
    efficientnet_b1_v2: prepare(255, 240),
    efficientnet_b2: prepare(288, 288, 'bicubic'),
    efficientnet_b3: prepare(320, 300, 'bicubic'),
    efficientnet_b4: prepare(384, 380, 'bicubic'),
    efficientnet_b5: prepare(456, 456, 'bicubic'),
    efficientnet_b6: prepare(528, 528, 'bicubic'),
    efficientnet_b7: prepare(600, 600, 'bicubic'),
    keras_inception_v3: { ...prepare(299, 299), mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  };
  const found = table[name];
  if (found) return found;
  throw new RangeError(
    `imagePreparation: name must be one of ${Object.keys(table).join(', ')}, got "${name}".`,
  );
}

/**
 * Pixels to what a network takes: resized, cropped to the middle, and normalised.
 *
 * @param pixels - [height, width, 3] or [batch, height, width, 3], from 0 to 255
 * @returns [batch, cropTo, cropTo, 3]; the caller disposes it
 * @throws TypeError for anything but a tensor and a preparation, RangeError for another shape
 */
export function prepareImages(pixels: tf.Tensor, preparation: ImagePreparation): tf.Tensor4D {
  if (!(pixels instanceof tf.Tensor)) {
    throw new TypeError(
      'prepareImages: pixels must be one tensor, got something else. Make it by tf.browser.fromPixels(image) or tf.tensor3d(bytes, [height, width, 3]); stack what you prepared with tf.concat.',
    );
  }
  if (!preparation?.mean) {
    throw new TypeError(
      "prepareImages: preparation must be given, got none. Pass imagePreparation('resnet50').",
    );
  }
  const { resizeTo, cropTo, interpolation, mean, deviation } = preparation;
  const rank = pixels.shape.length;
  if ((rank !== 3 && rank !== 4) || pixels.shape.at(-1) !== 3) {
    throw new RangeError(
      `prepareImages: pixels must be [height, width, 3] or [batch, height, width, 3], got [${pixels.shape}].`,
    );
  }
  return tf.tidy(() => {
    const batch = tf.cast(rank === 3 ? tf.expandDims(pixels, 0) : pixels, 'float32');
    const [, height, width] = batch.shape as [number, number, number];
    const shorter = Math.min(height, width);
    const scaled = (side: number) => (side === shorter ? resizeTo : Math.trunc((side * resizeTo) / shorter));
    const size: [number, number] = [scaled(height), scaled(width)];
    const sized = resize(batch, size, { interpolation, asBytes: true });
    const [top, left] = size.map((side) => halfToEven((side - cropTo) / 2)) as [number, number];
    const middle = tf.slice(sized, [0, top, left, 0], [batch.shape[0] as number, cropTo, cropTo, 3]);
    const scale = tf.tensor1d(deviation.map((value) => 1 / (255 * value)));
    const shift = tf.tensor1d(mean.map((value, i) => -value / (deviation[i] as number)));
    return tf.add(tf.mul(middle, scale), shift) as tf.Tensor4D;
  });
}

/** Python's `round`, which torchvision crops by. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below === 0.5) return below + (below % 2);
  return Math.round(value);
}
