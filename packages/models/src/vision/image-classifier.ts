import * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { type Stage, stageOf } from '../stages.js';

/** What all image networks can do. Images are [batch, height, width, 3], normalised as published. */
export abstract class ImageClassifier extends Module {
  /** How many numbers `features` gives for an image. */
  abstract readonly featureCount: number;
  /** The smallest side that every layer can work on. */
  abstract readonly smallestSide: number;

  /** The trunk's last map: [batch, rows, columns, channels]. */
  protected abstract trunk(x: tf.Tensor, options?: CallOptions): tf.Tensor;
  /** The map as one row of numbers per image. */
  protected abstract pool(map: tf.Tensor, options?: CallOptions): tf.Tensor;
  /**
   * The last layer alone, for training it on features that were kept.
   *
   * @param features - [batch, featureCount], from `features`
   * @returns logits [batch, classCount]; the caller disposes it
   */
  abstract classify(features: tf.Tensor, options?: CallOptions): tf.Tensor;

  /**
   * Puts a new last layer in place of the published one, which is disposed.
   *
   * @param classCount - how many logits it gives
   */
  abstract resetHead(classCount: number, random: Random): void;

  /** From the input to the head, for gradual unfreezing. */
  abstract stages(): readonly Stage[];

  /** The stage a path is in, for layer-wise rates. */
  blockOf(path: string): string {
    return stageOf(this.stages(), path);
  }

  /**
   * The trunk's last map, for decoders and for looking at.
   *
   * @returns [batch, rows, columns, channels]; the caller disposes it
   */
  featureMap(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    this.checkImages(x);
    return tf.tidy(() => this.trunk(x, options));
  }

  /**
   * What the last layer sees: constant while the trunk is frozen, so worth keeping.
   *
   * @returns [batch, featureCount]; the caller disposes it
   */
  features(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    this.checkImages(x);
    return tf.tidy(() => this.pool(this.trunk(x, options), options));
  }

  /**
   * @param x - [batch, height, width, 3]
   * @returns logits [batch, classCount]
   * @throws RangeError for images of another shape, or too small
   */
  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.classify(this.features(x, options), options));
  }

  protected checkImages(x: tf.Tensor, side = this.smallestSide): void {
    const [batch = 0, height = 0, width = 0, channels] = x.shape;
    const fits = x.shape.length === 4 && channels === 3 && batch > 0 && Math.min(height, width) >= side;
    if (fits && x.dtype === 'float32') return;
    const dtype = x.dtype === 'float32' ? '' : `${x.dtype} `;
    throw new RangeError(
      `${this.constructor.name}: images must be [batch, height, width, 3] with sides of at least ${side}, ` +
        `got ${dtype}[${x.shape}].${adviceOn(x)}`,
    );
  }
}

function adviceOn({ shape, dtype }: tf.Tensor): string {
  if (shape.length === 4 && shape[1] === 3) return ' Channels come last here: tf.transpose(x, [0, 2, 3, 1]).';
  if (shape.length === 3 && shape[2] === 3) return ' One image is a batch of one: tf.expandDims(x, 0).';
  if (dtype !== 'float32') return ' Pixels go through prepareImages first.';
  return '';
}
