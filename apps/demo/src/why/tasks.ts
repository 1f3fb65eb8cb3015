import type { Random } from '@warmstart/shapes';

/** What task B is in truth: what the nets of the first figure try to find from a few points. x in [-1, 1]. */
export function truth(x: number): number {
  return 0.75 * Math.sin(4.2 * x + 0.6) + 0.25 * Math.cos(9 * x) * (1 - x * x);
}

/** Something that has nothing to do with it. */
function unrelated(x: number): number {
  return 0.8 * Math.cos(7.5 * x + 2.1) - 0.3 * x;
}

/**
 * Task A, of which there is plenty: the truth moved and squeezed, mixed with something unrelated.
 *
 * @param relatedness - share of the truth in it, in [0, 1]
 */
export function taskA(x: number, relatedness: number): number {
  return relatedness * (0.8 * truth(x) + 0.25) + (1 - relatedness) * unrelated(x);
}

/** Rows of task A, with a little noise. */
export function drawTaskA(
  count: number,
  relatedness: number,
  random: Random,
): { x: Float64Array; y: Float64Array } {
  const x = Float64Array.from({ length: count }, () => 2 * random() - 1);
  return { x, y: x.map((at) => taskA(at, relatedness) + 0.05 * (random() + random() - 1)) };
}

/** Evenly spread points of task B, none at the very edge. */
export function pointsOfTaskB(count: number): { x: Float64Array; y: Float64Array } {
  const x = Float64Array.from({ length: count }, (_, i) => ((i + 0.5) / count) * 1.5 - 0.75 + 0.06 * (i % 2));
  return { x, y: x.map(truth) };
}

/** Where curves are drawn. */
export function grid(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => (2 * i) / (size - 1) - 1);
}
