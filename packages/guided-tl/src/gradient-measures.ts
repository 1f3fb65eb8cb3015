import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@warmstart/shapes';
import { type HasLayouts, layoutsOf } from './guide-match.js';

/** What {@link diagonalFisher} and {@link gradientRatios} take. */
export interface GradientMeasureOptions {
  /** What learns, by path. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** The loss of example `index`, a scalar; of one example, since the square of a mean is not the mean of squares. */
  loss: (index: number) => tf.Scalar;
  /** Examples, ≥ 1. */
  count: number;
  /** Needed where variables run in another layout than PyTorch's. */
  model?: HasLayouts;
}

/**
 * The diagonal of the empirical Fisher information: the mean of squared gradients of single examples. Goes
 * into `pullToBase` as importance, or out of a scout as its measure `fisher`.
 *
 * @returns float32 by path, ≥ 0, in PyTorch's layout
 * @see Kirkpatrick et al. 2017, arXiv 1612.00796
 */
export async function diagonalFisher(options: GradientMeasureOptions): Promise<StateDict> {
  return meanOf('diagonalFisher', options, (gradient) => tf.square(gradient));
}

/**
 * Guides that are the same within a tensor: its relative gradient norm ‖∇‖ / ‖w‖, divided by the largest, so
 * that the tensors that the task pulls hardest move most (Auto-RGN).
 *
 * @returns float32 by path, in [0, 1], in PyTorch's layout; a tensor of zeros takes 0, and all 0 is left to
 *   `guideUpdates` to refuse
 * @see Lee et al. 2022, Surgical Fine-Tuning, arXiv 2210.11466
 */
export async function gradientRatios(options: GradientMeasureOptions): Promise<StateDict> {
  const ratios = await meanOf('gradientRatios', options, (gradient) => gradient);
  let largest = 0;
  const byPath = new Map<string, number>();
  for (const [path, { data }] of ratios) {
    const weights = (await options.variables.get(path)?.data<'float32'>()) ?? new Float32Array();
    const weightNorm = norm(weights);
    const ratio = weightNorm > 0 ? norm(data as Float32Array) / weightNorm : 0;
    byPath.set(path, ratio);
    largest = Math.max(largest, ratio);
  }
  for (const [path, { data }] of ratios)
    (data as Float32Array).fill((byPath.get(path) ?? 0) / (largest || 1));
  return ratios;
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

async function meanOf(
  caller: string,
  { variables, loss, count, model }: GradientMeasureOptions,
  measure: (gradient: tf.Tensor) => tf.Tensor,
): Promise<StateDict> {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`${caller}: count must be an integer of examples ≥ 1, got ${count}.`);
  }
  const layouts = layoutsOf(model);
  const paths = [...variables.keys()];
  const list = [...variables.values()];
  let sums = list.map((variable) => tf.zerosLike(variable) as tf.Tensor);
  for (let index = 0; index < count; index++) {
    const added = tf.tidy(() => {
      const { grads } = tf.variableGrads(() => loss(index), list);
      return list.map(({ name }, i) => {
        const gradient = grads[name];
        const sum = sums[i] as tf.Tensor; // one per variable
        return gradient ? tf.add(sum, measure(gradient)) : tf.clone(sum);
      });
    });
    for (const sum of sums) sum.dispose();
    sums = added;
  }
  const state: StateDict = new Map();
  for (const [i, path] of paths.entries()) {
    const stored = tf.tidy(() => inFileLayout(tf.div(sums[i] as tf.Tensor, count), layouts.get(path)));
    state.set(path, {
      dtype: 'float32',
      shape: [...stored.shape],
      data: (await stored.data<'float32'>()).slice(),
    });
    stored.dispose();
  }
  for (const sum of sums) sum.dispose();
  return state;
}

/** Undoes running = transpose(file, layout). */
function inFileLayout(running: tf.Tensor, layout: readonly number[] | undefined): tf.Tensor {
  if (!layout) return running;
  return tf.transpose(
    running,
    layout.map((_, axis) => layout.indexOf(axis)),
  );
}
