import type * as tf from '@tensorflow/tfjs-core';
import type {
  CrossValidation,
  CrossValidationOptions,
  FeatureScale,
  Features,
} from '@warmstart/finetune-heads';
import type { HostTensor } from '@warmstart/shapes';
import type { OutputColumn, OutputSchema } from '../schema/output-schema.js';

/** A linear model in the head's layout. */
export interface HeadWeights {
  /** [outputCount, featureCount] */
  readonly weight: Float32Array;
  /** [outputCount] */
  readonly bias: Float32Array;
}

/**
 * How features are standardised for a linear model: prepared columns are already, those of an encoder by the rows that
 * could be had without their labels.
 */
export type ProbeScale = FeatureScale | 'none';

/** What differs between predicting a class and predicting a number; targets are classes, or standardised numbers. */
export interface Task {
  readonly output: OutputColumn;
  readonly outputCount: number;
  /** Which classes the targets are of; undefined for numbers, whose folds need not be stratified. */
  readonly strata: 'targets' | undefined;
  /** Outputs as they stand in the data, as targets. */
  targetsOf(outputs: Float64Array): Float64Array;
  /** Mean loss of a batch; the caller disposes it. */
  loss(outputs: tf.Tensor, targets: Float64Array): tf.Scalar;
  /** The loss of each row: log loss, or the squared error in units of the variance. */
  rowLosses(outputs: HostTensor, targets: ArrayLike<number>): Float64Array;
  /** The best linear model for one strength of the penalty. */
  probe(features: Features, targets: Float64Array, options: { l2: number; scale: ProbeScale }): HeadWeights;
  /** What linear models say of rows that they did not learn from, for each strength. */
  crossValidate(features: Features, targets: Float64Array, options: CrossValidationOptions): CrossValidation;
  /**
   * Standard errors by which an encoder's features must be better than the columns themselves. The squared errors of
   * few rows hang on fewer still, so those of numbers are believed later.
   */
  readonly headCaution: number;
  /** The outputs of a model that knows only the class shares, or the mean, of the labelled rows. */
  readonly baseline: Float32Array;
  /** For the card. @param heldOut - outputs of rows that were not learned from, and their targets */
  outputSchema(heldOut: { outputs: HostTensor; targets: Float64Array } | undefined): OutputSchema;
}
