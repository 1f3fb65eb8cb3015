import type * as tf from '@tensorflow/tfjs-core';
import type { CallOptions } from '@warmstart/nn';
import type { HasVariables, Random } from '@warmstart/shapes';
import type { Architecture, Encoder } from '../encoders/architecture.js';
import type { PreparedRows } from '../rows/prepared-rows.js';
import type { InputSchema } from '../schema/input-schema.js';

/** An encoder while it is pre-trained, with what rebuilds hidden values from its features. */
export interface Rebuilder {
  readonly architecture: Architecture;
  readonly encoder: Encoder;
  /** All that learns. */
  readonly model: HasVariables & { dispose(): void };
  /** Rows with what a mask drawn from `random` hides; the caller disposes the tensors. */
  hide(rows: PreparedRows, random: Random): HiddenRows;
  /** Whether a row has two values that can be hidden: one to rebuild, one to rebuild it from. */
  canHide(rows: PreparedRows, row: number): boolean;
  /** Loss of rebuilding what is hidden. */
  loss(rows: HiddenRows, options?: CallOptions): tf.Scalar;
  /** The same for predicting each feature's mean or share over the training rows, whatever is seen. */
  baselineLoss(rows: HiddenRows): tf.Scalar;
  /** Rows with some values hidden and rebuilt, on the host; only where columns or pixels are rebuilt. */
  rebuild?(rows: PreparedRows, random: Random): Promise<{ hidden: Uint8Array; rebuilt: Float32Array }>;
}

/** What is seen, what is to be rebuilt, and where; a type, so that it counts as tensors by name. */
export type HiddenRows = {
  input: tf.Tensor2D;
  target: tf.Tensor2D;
  mask: tf.Tensor2D;
};

/** What {@link newRebuilder} takes. */
export interface RebuilderOptions {
  readonly input: InputSchema;
  readonly train: PreparedRows;
  /** Sizes of an MLP's layers. */
  readonly hidden: readonly number[];
  readonly maskRatio: number | undefined;
  readonly random: Random;
}
