import type * as tf from '@tensorflow/tfjs-core';

/** What {@link gradualUnfreezing} takes. */
export interface GradualUnfreezingOptions {
  /** Block of a path, ordered by first appearance, input first. Default: the path without its last part. */
  blockOf?: (path: string) => string;
  /**
   * When the next block below the head begins to learn, in units of `by`; rising. With [2, 5] the last block
   * learns from the start, the one before it from 2 on, and all the rest from 5 on.
   */
  unfreezeAt: readonly number[];
  /** Default 'epoch'. */
  by?: 'epoch' | 'step';
}

/**
 * Lets a model learn from its end towards its input, block by block.
 *
 * @param variables - all that may ever learn, in the order of the layers; the optimizer must know all of them
 * @returns the selection for a position: give it to `fit` as `variables`
 * @throws RangeError if unfreezeAt does not rise, or there are fewer blocks than it frees
 * @see Howard & Ruder 2018, ULMFiT, arXiv 1801.06146 §3.3
 */
export function gradualUnfreezing(
  variables: ReadonlyMap<string, tf.Variable>,
  options: GradualUnfreezingOptions,
): (at: { step: number; epoch: number }) => ReadonlyMap<string, tf.Variable> {
  const { unfreezeAt, by = 'epoch', blockOf = withoutLastPart } = options;
  if (unfreezeAt.some((when, index) => !(when > (unfreezeAt[index - 1] ?? 0)))) {
    throw new RangeError(`gradualUnfreezing: unfreezeAt must rise from above 0, got [${unfreezeAt}].`);
  }
  const blocks = [...new Set([...variables.keys()].map(blockOf))];
  if (blocks.length <= unfreezeAt.length) {
    throw new RangeError(
      `gradualUnfreezing: there must be more blocks than entries of unfreezeAt (${unfreezeAt.length}), ` +
        `got ${blocks.length}: ${blocks.slice(0, 5).join(', ')}.`,
    );
  }
  // selections[n]: after n entries of unfreezeAt have passed
  const selections = Array.from({ length: unfreezeAt.length + 1 }, (_, passed) => {
    const free = passed === unfreezeAt.length ? blocks : blocks.slice(-1 - passed);
    return new Map([...variables].filter(([path]) => free.includes(blockOf(path))));
  });
  return (at) => {
    const passed = unfreezeAt.filter((when) => at[by] >= when).length;
    return selections[passed] as Map<string, tf.Variable>; // passed ≤ unfreezeAt.length
  };
}

function withoutLastPart(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.')));
}
