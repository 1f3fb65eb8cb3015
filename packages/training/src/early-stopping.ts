/** When to stop for lack of progress. */
export interface EarlyStopping {
  /** A key of what `evaluation.measure` returns. */
  metric: string;
  mode: 'max' | 'min';
  /** Evaluations without improvement to wait for, ≥ 1. */
  patience: number;
  /** What counts as an improvement. Default 0: anything better. */
  minimumChange?: number;
  /** Whether the run ends with the weights of the best evaluation. Default true. */
  restoreBest?: boolean;
}

/** How far the watched metric has come; plain data, so that it travels in a checkpoint. */
export interface StallCount {
  best: number | null;
  bestStep: number;
  stalled: number;
}

/** @throws RangeError for a patience below 1, or a mode that is neither; a wrong guess would keep the worst weights */
export function checkEarlyStopping(stopping: EarlyStopping): void {
  if (stopping.mode !== 'max' && stopping.mode !== 'min') {
    throw new RangeError(
      `fit: earlyStopping.mode must be 'max' (accuracy) or 'min' (loss), got ${stopping.mode}.`,
    );
  }
  if (!(Number.isInteger(stopping.patience) && stopping.patience >= 1)) {
    throw new RangeError(`fit: earlyStopping.patience must be a whole number ≥ 1, got ${stopping.patience}.`);
  }
}

/**
 * Counts one evaluation.
 *
 * @returns the new count, and whether this evaluation is the best so far
 * @throws RangeError if the metric is missing or NaN
 */
export function countStall(
  stopping: EarlyStopping,
  before: StallCount,
  metrics: Readonly<Record<string, number>>,
  step: number,
): { count: StallCount; improved: boolean } {
  const value = metrics[stopping.metric];
  if (value === undefined || Number.isNaN(value)) {
    const had = Object.entries(metrics).map(([name, number]) => `${name} ${number}`);
    throw new RangeError(
      `fit: earlyStopping.metric must be measured and not NaN, got ${stopping.metric} among: ${had.join(', ') || 'nothing'}.`,
    );
  }
  const gain = before.best === null ? Number.POSITIVE_INFINITY : value - before.best;
  const improved =
    (stopping.mode === 'max' ? gain : before.best === null ? gain : -gain) > (stopping.minimumChange ?? 0);
  return improved
    ? { count: { best: value, bestStep: step, stalled: 0 }, improved }
    : { count: { ...before, stalled: before.stalled + 1 }, improved };
}
