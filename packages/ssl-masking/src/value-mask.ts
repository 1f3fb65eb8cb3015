import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { donorValues } from './donors.js';
import type { Rounding } from './hidden-count.js';
import { hideValues } from './hide-values.js';
import { checkMaskRatio, type MaskRatio, maskFingerprint, ratioAt } from './mask-ratio.js';
import { type RandomByRow, rowRandom } from './random.js';
import { sampleMaskValues } from './sample-mask.js';
import type { Units } from './units.js';

/** A mask for tables and expression counts. */
export interface ValueMaskDefinition {
  /** Default 'values'. */
  kind?: 'values';
  /** Share to hide, in (0, 1), fixed or by step. */
  ratio: MaskRatio;
  /** Features hidden together, as in `sampleMask`. */
  groups?: number | Units;
  rounding?: Rounding;
  spanLength?: number;
  /**
   * What stands in the place of a hidden unit, as shares that sum to 1: `value` (see there), `swap` another
   * row's value of that column, `keep` the true one, still asked for. Default all `value`.
   */
  replace?: { value?: number; swap?: number; keep?: number };
  /** Where swapped values come from, as in `donorValues`. Default 'column'. */
  swapFrom?: 'column' | 'row';
  /** A number, or one a feature. Must not be a legal value: 0 is fine after standardising. Default 0. */
  value?: number | readonly number[];
  /** What a NaN in the input means. 'never-hidden' replaces it by `value` and asks for nothing. Default 'error'. */
  missing?: 'error' | 'never-hidden';
}

/** A corrupted batch; the caller disposes the tensors. */
export interface MaskedBatch {
  /** [rows, features], to give to the model */
  input: tf.Tensor2D;
  /** [rows, features], what it must rebuild */
  target: tf.Tensor2D;
  /** bool [rows, features], where it is asked to */
  mask: tf.Tensor2D;
}

/** What a value mask is applied with. */
export interface ApplyValueMask {
  random: Random | RandomByRow;
  /** What may be hidden: not padding, not unexpressed. [rows × features] */
  eligible?: ArrayLike<number | boolean>;
  /** For a ratio that changes. */
  step?: number;
  /** Stands in place of `value`: a learned tensor that broadcasts to [rows, features]. Gradients reach it. */
  token?: tf.Tensor;
}

/** Draws and applies a mask for values. */
export interface ValueMask {
  readonly definition: ValueMaskDefinition;
  /** The definition as one line, for the `fingerprint` of a run: resuming with another mask is then refused. */
  readonly fingerprint: string;
  /** @param values - [rows × features] on the host */
  apply(values: Float32Array, shape: readonly [number, number], options: ApplyValueMask): MaskedBatch;
}

/** @throws RangeError for a ratio outside (0, 1) or shares that do not sum to 1 */
export function valueMask(definition: ValueMaskDefinition): ValueMask {
  const { value: put = 1, swap = 0, keep = 0 } = definition.replace ?? {};
  checkMaskRatio('defineMask', definition.ratio);
  if ([put, swap, keep].some((share) => !(share >= 0)) || Math.abs(put + swap + keep - 1) > 1e-9) {
    throw new RangeError(
      `defineMask: replace must be shares that sum to 1, got value ${put}, swap ${swap}, keep ${keep}.`,
    );
  }
  return {
    definition,
    fingerprint: maskFingerprint(definition),
    apply: (values, shape, options) => {
      checkShape(values, shape);
      return applyMask(definition, { put, swap }, values, shape, options);
    },
  };
}

function applyMask(
  definition: ValueMaskDefinition,
  shares: { put: number; swap: number },
  values: Float32Array,
  shape: readonly [number, number],
  options: ApplyValueMask,
): MaskedBatch {
  const [rows, features] = shape;
  const { groups, rounding, spanLength, value = 0, swapFrom: from = 'column' } = definition;
  const known = checkValues(values, shape, definition.missing ?? 'error', options.eligible);
  const ratio = ratioAt(definition.ratio, options.step);
  const streams = Array.from({ length: rows }, (_, row) => rowRandom(options.random, row));
  const byRow = { forRow: (row: number) => streams[row] as Random }; // one a row
  const hidden = sampleMaskValues(shape, ratio, byRow, {
    ...(known ? { eligible: known } : {}),
    ...(groups === undefined ? {} : { groups }),
    ...(rounding ? { rounding } : {}),
    ...(spanLength === undefined ? {} : { spanLength }),
  });
  const { put, swapped } = chooseReplacement(hidden, features, groups, shares, streams);
  return tf.tidy(() => {
    const size: [number, number] = [rows, features];
    const raw = tf.tensor2d(values, size);
    const standIn = options.token ?? (typeof value === 'number' ? value : tf.tensor1d([...value]));
    const target = known ? hideValues(raw, tf.isNaN(raw), standIn) : raw;
    const filled = hideValues(target, tf.tensor2d(put, size, 'bool'), standIn);
    const input = swapped
      ? hideValues(
          filled,
          tf.tensor2d(swapped, size, 'bool'),
          donorValues(target, byRow, { from, groups: groups ?? 1 }),
        )
      : filled;
    return { input, target, mask: tf.tensor2d(hidden, size, 'bool') };
  });
}

/** Splits what is hidden into replaced, swapped and kept; a group shares one lot. */
function chooseReplacement(
  hidden: Uint8Array,
  features: number,
  groups: number | Units | undefined,
  { put: putShare, swap }: { put: number; swap: number },
  streams: readonly Random[],
): { put: Uint8Array; swapped: Uint8Array | undefined } {
  if (putShare === 1) return { put: hidden, swapped: undefined };
  const put = new Uint8Array(hidden.length);
  const swapped = new Uint8Array(hidden.length);
  const unitOf = unitIndex(features, groups);
  streams.forEach((draw, row) => {
    const lots = new Map<number, number>();
    for (let feature = 0; feature < features; feature++) {
      const place = row * features + feature;
      if (!hidden[place]) continue;
      const unit = unitOf[feature] as number; // feature < features
      const lot = lots.get(unit) ?? draw();
      lots.set(unit, lot);
      if (lot < putShare) put[place] = 1;
      else if (lot < putShare + swap) swapped[place] = 1;
    }
  });
  return { put, swapped: swap > 0 ? swapped : undefined };
}

function unitIndex(features: number, groups: number | Units | undefined): Int32Array {
  const unitOf = Int32Array.from({ length: features }, (_, feature) =>
    typeof groups === 'number' ? Math.floor(feature / groups) : feature,
  );
  const lists = typeof groups === 'object' ? groups : [];
  for (const [index, unit] of lists.entries()) for (const feature of unit) unitOf[feature] = index;
  return unitOf;
}

function checkShape(values: Float32Array, shape: readonly number[]): void {
  if (Array.isArray(shape) && values.length === shape[0] * shape[1]) return;
  const got = `${values.length ?? 'no array'} and ${Array.isArray(shape) ? `[${shape}]` : typeof shape}`;
  throw new RangeError(
    `defineMask: apply takes numbers on the host and their shape [rows, features], got ${got}. Of a tensor, give await x.data() and x.shape.`,
  );
}

/** Eligible values: those asked for that are not missing; undefined where all are. */
function checkValues(
  values: Float32Array,
  [, features]: readonly [number, number],
  missing: 'error' | 'never-hidden',
  eligible: ArrayLike<number | boolean> | undefined,
): Uint8Array | undefined {
  const known = Uint8Array.from(values, (_, place) => (eligible && !eligible[place] ? 0 : 1));
  for (let place = 0; place < values.length; place++) {
    const value = values[place] as number; // place < length
    if (Number.isFinite(value)) continue;
    if (!Number.isNaN(value) || missing === 'error') {
      throw new RangeError(
        `defineMask: values must be finite, got ${value} in row ${Math.floor(place / features)}, column ${place % features}. ` +
          "Where NaN means missing, set missing: 'never-hidden'.",
      );
    }
    known[place] = 0;
  }
  return eligible || known.includes(0) ? known : undefined;
}
