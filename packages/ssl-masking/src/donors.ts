import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { type RandomByRow, rowRandom } from './random.js';
import { equalUnits, type Units } from './units.js';

/**
 * Values of other rows, to hide behind: legal values of each column, out of place.
 *
 * - 'column': each unit comes from a row of its own, so only the columns' distributions stay (VIME, SCARF),
 * - 'row': all of a row's values come from one donor, so their relations stay.
 *
 * @param x - [rows, features]
 * @param options.from - how rows are drawn; never the row itself
 * @param options.groups - units that stay together, as in `sampleMask`
 * @returns shaped like `x`: give it to `hideValues` as the replacement; the caller disposes it
 * @throws RangeError for fewer than two rows
 * @see Yoon et al. 2020, VIME; Bahri et al. 2021, SCARF, arXiv 2106.15147
 */
export function donorValues(
  x: tf.Tensor2D,
  random: Random | RandomByRow,
  options: { from: 'column' | 'row'; groups?: number | Units } = { from: 'column' },
): tf.Tensor2D {
  const [rows, features] = x.shape;
  if (rows < 2) throw new RangeError(`donorValues: x must have at least 2 rows, got ${rows}.`);
  const { from, groups = 1 } = options;
  const units = typeof groups === 'number' ? equalUnits('donorValues', features, groups) : groups;
  const source = Int32Array.from({ length: rows * features }, (_, place) => place);
  for (let row = 0; row < rows; row++) {
    const draw = rowRandom(random, row);
    const other = () => (row + 1 + Math.floor(draw() * (rows - 1))) % rows;
    const shared = other();
    for (const unit of units) {
      const donor = from === 'row' ? shared : other();
      for (const feature of unit) source[row * features + feature] = donor * features + feature;
    }
  }
  return tf.tidy(() =>
    tf.reshape(tf.gather(tf.reshape(x, [-1]), tf.tensor1d(source, 'int32')), [rows, features]),
  );
}

/**
 * Where two inputs differ: the target of a head that guesses which values were changed. A swapped value that
 * happens to be the same was not changed.
 *
 * @returns float32 0 or 1, shaped like `x`; the caller disposes it; train with binary cross-entropy
 * @see Yoon et al. 2020, VIME §3.2 (mask estimation)
 */
export function changedValues(x: tf.Tensor, corrupted: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.cast(tf.notEqual(x, corrupted), 'float32'));
}
