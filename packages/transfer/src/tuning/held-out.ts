import { drawFolds } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/random';
import type { Task } from './task.js';

/**
 * Which labelled rows judge settings. All are among the labelled rows that a model may use: nobody with 40 labels has
 * 100 more for choosing.
 */
export type Judges =
  /** Each row is held out once a repeat. */
  | { readonly kind: 'cross-validation'; readonly folds: number; readonly repeats: number }
  /** Enough labels that some can be spared. */
  | { readonly kind: 'held-out'; readonly train: Uint32Array; readonly held: Uint32Array };

/** From this many labelled rows on, a fifth of them is held out; below, they are cross-validated. */
const heldOutFrom = 1000;

/**
 * @param reserved - labelled rows (by place) that the data set aside for validation, if any
 */
export function judgesFor(task: Task, targets: Float64Array, seed: number, reserved: Uint32Array): Judges {
  const count = targets.length;
  if (count < heldOutFrom) {
    const folds = Math.max(2, Math.min(5, count));
    return { kind: 'cross-validation', folds, repeats: count < 50 ? 10 : count < 200 ? 4 : 1 };
  }
  const held =
    reserved.length > 0 ? reserved : rowsWhere(dealFolds(task, targets, 5, seed), (fold) => fold === 0);
  const isHeld = new Uint8Array(count);
  for (const row of held) isHeld[row] = 1;
  return { kind: 'held-out', held, train: rowsWhere(isHeld, (value) => value === 0) };
}

/** The fold of each labelled row; the first repeat of every cross-validation with this seed. */
export function dealFolds(task: Task, targets: Float64Array, folds: number, seed: number): Int32Array {
  return drawFolds({
    rows: targets.length,
    folds,
    random: seededRandom(seed, 'folds'),
    ...(task.strata ? { labels: targets } : {}),
  });
}

export function rowsWhere(values: ArrayLike<number>, holds: (value: number) => boolean): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < values.length; row++) if (holds(values[row] as number)) rows.push(row);
  return Uint32Array.from(rows);
}
