import * as tf from '@tensorflow/tfjs-core';
import { type CallOptions, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { type Stage, stageOf } from '../stages.js';

/** What all networks over sequences can do. */
export abstract class SequenceModel<Input> extends Module<Input, tf.Tensor> {
  /** How many numbers `features` gives for a sequence. */
  abstract readonly featureCount: number;

  /**
   * The last layer's states.
   *
   * @returns [batch, length, featureCount]; the caller disposes it
   */
  abstract encode(input: Input, options?: CallOptions): tf.Tensor;

  /**
   * One row of numbers per sequence, what a classifier is put on.
   *
   * @returns [batch, featureCount]; the caller disposes it
   */
  abstract features(input: Input, options?: CallOptions): tf.Tensor;

  /** The classifier, if one was put on; declared last by each model, so that its paths come last. */
  abstract classifier: Linear | undefined;

  /** From the input to the head, for gradual unfreezing. */
  abstract stages(): readonly Stage[];

  /** The stage a path is in, for layer-wise rates. */
  blockOf(path: string): string {
    return stageOf(this.stages(), path);
  }

  /** Puts a new classifier on, in place of one that was there, which is disposed. */
  resetHead(classCount: number, random: Random): void {
    const head = new Linear(this.featureCount, classCount, { random });
    this.classifier?.dispose();
    this.classifier = head;
  }

  /** @returns logits [batch, classCount] if a classifier was put on, else what `encode` gives */
  override call(input: Input, options?: CallOptions): tf.Tensor {
    const head = this.classifier;
    if (!head) return this.encode(input, options);
    return tf.tidy(() => head.call(this.features(input, options)));
  }
}
