import type * as tf from '@tensorflow/tfjs-core';

/** What is needed of a `tf.LayersModel`. */
export interface LayersModelShape {
  readonly trainableWeights: readonly { readonly originalName: string; read(): tf.Tensor }[];
}

/**
 * The trainable weights of a `tf.LayersModel` by path, for `fit` and the optimizers: `dense_Dense1/kernel`.
 *
 * Call the model with `model.apply(x, { training: true })` in the loss. A BatchNormalization layer with
 * `trainable = false` still moves its statistics then (TensorFlow.js 4.22): call frozen parts without
 * `training`.
 *
 * @throws RangeError if two weights share a name, or nothing is trainable
 */
export function layersVariables(model: LayersModelShape): Map<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  for (const weight of model.trainableWeights) {
    if (variables.has(weight.originalName)) {
      throw new RangeError(
        `layersVariables: every weight must have its own name, got ${weight.originalName} twice.`,
      );
    }
    variables.set(weight.originalName, weight.read() as tf.Variable); // a LayerVariable reads its own variable
  }
  if (variables.size === 0) {
    throw new RangeError(
      'layersVariables: at least one weight must be trainable, got none. Is every layer frozen?',
    );
  }
  return variables;
}
