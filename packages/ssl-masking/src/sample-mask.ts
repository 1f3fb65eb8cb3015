import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { checkRatio, hiddenCount, type Rounding } from './hidden-count.js';
import { drawSpansToFront, drawToFront, type RandomByRow, rowRandom } from './random.js';
import { checkUnits, equalUnits, type Units } from './units.js';

/** What {@link sampleMask} takes besides shape, ratio and random. */
export interface SampleMaskOptions {
  /**
   * Features that are hidden together: their number, if neighbours; lists; or lists by row, as words of
   * sentences need. Default: each by itself.
   */
  groups?: number | Units | ((row: number) => Units);
  /** Whether a value may be hidden, [rows × features]: not padding, not missing. A group needs all of its own. */
  eligible?: ArrayLike<number | boolean>;
  /** Default 'nearest'. */
  rounding?: Rounding;
  /** Hides runs of this many neighbouring units instead of units here and there; the last run may be cut. */
  spanLength?: number;
}

/**
 * Draws which features of each example to hide.
 *
 * Every row of u units hides exactly round(maskRatio × u) of them, but at least one, and keeps at least one,
 * so the loss averages over equally many values whatever the draw. With `eligible`, u counts the eligible
 * units of the row.
 *
 * @param shape - [batchSize, featureCount]
 * @param maskRatio - share to hide, in (0, 1); 0.5 does well for tables, BERT uses 0.15, MAE 0.75
 * @param random - e.g. `seededRandom(7, 'mask', step)`; the draw is made on the host, the same on every backend
 * @returns bool [batchSize, featureCount], true where hidden; the caller disposes it
 * @throws RangeError for a shape that is not two whole numbers, a ratio outside (0, 1), groups that are empty, overlap or are out of range, or a row
 *   with fewer than two eligible units
 * @see Devlin et al. 2018, arXiv 1810.04805 §3.1; He et al. 2021, arXiv 2111.06377 (exact counts)
 */
export function sampleMask(
  shape: readonly [number, number],
  maskRatio: number,
  random: Random | RandomByRow,
  options: SampleMaskOptions = {},
): tf.Tensor2D {
  return tf.tensor2d(sampleMaskValues(shape, maskRatio, random, options), [shape[0], shape[1]], 'bool');
}

/** {@link sampleMask} without the tensor: 1 where hidden. For masks made in a worker, or kept. */
export function sampleMaskValues(
  shape: readonly [number, number],
  maskRatio: number,
  random: Random | RandomByRow,
  options: SampleMaskOptions = {},
): Uint8Array {
  checkShape(shape);
  const [rows, featureCount] = shape;
  checkRatio('sampleMask', maskRatio);
  const { groups, eligible, rounding, spanLength, ...others } = options;
  const [other] = Object.keys(others);
  if (other) {
    throw new TypeError(
      `sampleMask: the options are groups, eligible, rounding and spanLength, got "${other}".`,
    );
  }
  const fixed = typeof groups === 'function' ? undefined : unitsOf(groups, featureCount);
  if (eligible && eligible.length !== rows * featureCount) {
    throw new RangeError(
      `sampleMask: eligible must hold ${rows} × ${featureCount} values in one flat array, got ${eligible.length}.`,
    );
  }
  if (spanLength !== undefined && !(Number.isInteger(spanLength) && spanLength > 0)) {
    throw new RangeError(`sampleMask: spanLength must be a whole number > 0, got ${spanLength}.`);
  }
  const hidden = new Uint8Array(rows * featureCount);
  for (let row = 0; row < rows; row++) {
    const units = typeof groups === 'function' ? unitsOf(groups(row), featureCount) : fixed;
    const offset = row * featureCount;
    const available = eligibleUnits(units, eligible, offset, units?.length ?? featureCount);
    if (available.length < 2) throw tooFew(row, available.length, eligible !== undefined);
    const count = hiddenCount(available.length, maskRatio, rounding);
    const draw = rowRandom(random, row);
    if (spanLength === undefined) drawToFront(available, available.length, count, draw);
    else drawSpansToFront(available, count, spanLength, draw);
    for (let index = 0; index < count; index++) hide(hidden, offset, available[index] as number, units);
  }
  return hidden;
}

/** More sizes would be ignored, and a missing one read as none: a mask of the wrong size would come back. */
function checkShape(shape: readonly number[]): void {
  if (shape?.length === 2 && shape.every((size) => Number.isInteger(size) && size >= 0)) return;
  throw new RangeError(
    `sampleMask: shape must be [rows, features] in whole numbers, got [${shape}]. ` +
      'Images and tokens have masks of their own; reshape what else has more axes.',
  );
}

function unitsOf(groups: number | Units | undefined, featureCount: number): Units | undefined {
  if (groups === undefined || groups === 1) return undefined;
  if (typeof groups === 'number') return equalUnits('sampleMask', featureCount, groups);
  checkUnits('sampleMask', groups, featureCount);
  return groups;
}

/** Numbers of the units of a row that may be hidden, rising. */
function eligibleUnits(
  units: Units | undefined,
  eligible: ArrayLike<number | boolean> | undefined,
  offset: number,
  unitCount: number,
): Int32Array {
  const available = new Int32Array(unitCount);
  let count = 0;
  for (let unit = 0; unit < unitCount; unit++) {
    const features = eligible && units?.[unit];
    const may = features
      ? features.every((feature) => eligible[offset + feature])
      : (eligible?.[offset + unit] ?? true);
    if (may) available[count++] = unit;
  }
  return available.subarray(0, count);
}

function hide(hidden: Uint8Array, offset: number, unit: number, units: Units | undefined): void {
  const features = units?.[unit];
  if (!features) hidden[offset + unit] = 1;
  else for (const feature of features) hidden[offset + feature] = 1;
}

function tooFew(row: number, available: number, filtered: boolean): RangeError {
  const what = filtered ? 'eligible units' : 'units';
  return new RangeError(
    `sampleMask: every row must have at least 2 ${what}, one to hide and one to keep, got ${available} in row ${row}. ` +
      (filtered ? 'Leave such rows out.' : 'Use smaller groups.'),
  );
}
