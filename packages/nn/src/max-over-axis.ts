import * as tf from '@tensorflow/tfjs-core';

/**
 * The largest value along an axis, whose gradient is shared by equals.
 *
 * TensorFlow.js hands each of several equal maxima the whole gradient: forty times too much where forty
 * padding characters give one convolution the same output.
 *
 * @returns x without that axis
 */
export function maxOverAxis(x: tf.Tensor, axis: number): tf.Tensor {
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    const largest = tf.max(input, axis, true);
    (save as tf.GradSaveFunc)([input, largest]);
    return {
      value: tf.squeeze(largest, [axis]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept, top] = saved as [tf.Tensor, tf.Tensor];
        const isTop = tf.cast(tf.equal(kept, top), 'float32');
        return tf.mul(isTop, tf.div(tf.expandDims(dy, axis), tf.sum(isTop, axis, true)));
      },
    };
  });
  return apply(x);
}
