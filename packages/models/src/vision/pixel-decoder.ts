import * as tf from '@tensorflow/tfjs-core';
import { gelu, LayerNorm, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { resize } from '../preprocess/resize.js';

export interface PixelDecoderOptions {
  random: Random;
  /** channels of the encoder's last map, e.g. 2048 of a ResNet-50 */
  inChannels: number;
  /** pixels per cell of that map, along each side; 32 for all networks here */
  stride?: number;
  /** width of the one hidden layer; 0 for none, as SimMIM has it. Default 512. */
  hiddenFeatures?: number;
  /** the images' [height, width], where the map's cells do not tile them: Inception v3 maps 299 × 299 to 8 × 8 */
  imageSize?: readonly [number, number];
}

/**
 * Paints images back from an encoder's map, to pre-train it on hidden patches.
 *
 * @see He et al. 2021 (MAE), arXiv 2111.06377; Xie et al. 2021 (SimMIM), arXiv 2111.09886, whose decoder of one
 *   layer suits convolutional encoders
 */
export class PixelDecoder extends Module {
  readonly norm: LayerNorm;
  readonly hidden: Linear | undefined;
  readonly pixels: Linear;
  readonly #stride: number;
  readonly #imageSize: readonly [number, number] | undefined;

  constructor(options: PixelDecoderOptions) {
    super();
    const { random, inChannels, stride = 32, hiddenFeatures = 512 } = options;
    this.#stride = stride;
    this.#imageSize = options.imageSize;
    this.norm = new LayerNorm(inChannels);
    this.hidden = hiddenFeatures > 0 ? new Linear(inChannels, hiddenFeatures, { random }) : undefined;
    this.pixels = new Linear(hiddenFeatures || inChannels, stride * stride * 3, { random });
  }

  /**
   * @param map - [batch, rows, columns, inChannels], from `featureMap`
   * @returns images [batch, rows · stride, columns · stride, 3], or of `imageSize`, normalised like the encoder's
   */
  override call(map: tf.Tensor): tf.Tensor {
    const [batch, rows, columns] = map.shape as [number, number, number, number];
    const stride = this.#stride;
    return tf.tidy(() => {
      const seen = this.norm.call(map);
      const thought = this.hidden ? gelu(this.hidden.call(seen)) : seen;
      const cells = tf.reshape(this.pixels.call(thought), [batch * rows, columns, stride, stride * 3]);
      const lines = tf.transpose(cells, [0, 2, 1, 3]); // [batch · rows, stride, columns, stride · 3]
      const images = tf.reshape(lines, [batch, rows * stride, columns * stride, 3]);
      return this.#imageSize ? resize(images, this.#imageSize) : images;
    });
  }
}

/** A decoder for masked pre-training of any image network. */
export function pixelDecoder(options: PixelDecoderOptions): PixelDecoder {
  return new PixelDecoder(options);
}
