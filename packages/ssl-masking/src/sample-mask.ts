import * as tf from '@tensorflow/tfjs-core';
import { checkRatio, hiddenCount, type Rounding } from './hidden-count.js';
import { drawToFront, type Random, type RandomByRow, rowRandom } from './random.js';
import { checkUnits, equalUnits, type Units } from './units.js';

/** What {@link sampleMask} takes besides shape, ratio and random. */
export interface SampleMaskOptions {
  /** Features that are hidden together: their number, if neighbours, or lists. Default: each by itself. */
  groups?: number | Units;
  /** Whether a value may be hidden, [rows × features]: not padding, not missing. A group needs all of its own. */
  eligible?: ArrayLike<number | boolean>;
  /** Default 'nearest'. */
  rounding?: Rounding;
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
 * @throws RangeError for a ratio outside (0, 1), groups that are empty, overlap or are out of range, or a row
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
  const [rows, featureCount] = shape;
  checkRatio('sampleMask', maskRatio);
  const units = unitsOf(options.groups, featureCount);
  const unitCount = units?.length ?? featureCount;
  const { eligible, rounding } = options;
  if (eligible && eligible.length !== rows * featureCount) {
    throw new RangeError(
      `sampleMask: eligible must hold ${rows} × ${featureCount} values, got ${eligible.length}.`,
    );
  }
  const hidden = new Uint8Array(rows * featureCount);
  const order = Int32Array.from({ length: unitCount }, (_, unit) => unit);
  for (let row = 0; row < rows; row++) {
    const offset = row * featureCount;
    const available = eligible ? listEligible(order, units, eligible, offset, unitCount) : unitCount;
    if (available < 2) throw tooFew(row, available, eligible !== undefined);
    const count = hiddenCount(available, maskRatio, rounding);
    drawToFront(order, available, count, rowRandom(random, row));
    for (let index = 0; index < count; index++) hide(hidden, offset, order[index] as number, units);
    // rows with their own stream must not depend on the rows before them
    if (typeof random !== 'function') resetOrder(order);
  }
  return hidden;
}

function unitsOf(groups: number | Units | undefined, featureCount: number): Units | undefined {
  if (groups === undefined || groups === 1) return undefined;
  if (typeof groups !== 'number') {
    checkUnits('sampleMask', groups, featureCount);
    return groups;
  }
  return equalUnits('sampleMask', featureCount, groups);
}

/** Writes the eligible units of a row to the front of `order`, rising. @returns how many */
function listEligible(
  order: Int32Array,
  units: Units | undefined,
  eligible: ArrayLike<number | boolean>,
  offset: number,
  unitCount: number,
): number {
  let available = 0;
  for (let unit = 0; unit < unitCount; unit++) {
    const features = units?.[unit];
    const may = features ? features.every((feature) => eligible[offset + feature]) : eligible[offset + unit];
    if (may) order[available++] = unit;
  }
  return available;
}

function hide(hidden: Uint8Array, offset: number, unit: number, units: Units | undefined): void {
  const features = units?.[unit];
  if (!features) hidden[offset + unit] = 1;
  else for (const feature of features) hidden[offset + feature] = 1;
}

function resetOrder(order: Int32Array): void {
  for (let unit = 0; unit < order.length; unit++) order[unit] = unit;
}

function tooFew(row: number, available: number, filtered: boolean): RangeError {
  const what = filtered ? 'eligible units' : 'units';
  return new RangeError(
    `sampleMask: every row must have at least 2 ${what}, one to hide and one to keep, got ${available} in row ${row}. ` +
      (filtered ? 'Leave such rows out.' : 'Use smaller groups.'),
  );
}
