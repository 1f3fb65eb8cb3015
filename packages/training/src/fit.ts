import { breather } from './event-loop.js';
import type { StopReason } from './events.js';
import { checkFitOptions, type FitOptions } from './fit-options.js';
import { TrainingRun } from './training-run.js';

/** How a run ended. */
export interface FitResult {
  /** Updates made, those before a resumption included. */
  step: number;
  epoch: number;
  /** Mean of the losses since the last report. */
  loss: number;
  reason: StopReason;
  /** The last evaluation. */
  metrics?: Record<string, number>;
  /** The best evaluation; only with early stopping. */
  best?: { step: number; value: number };
  /** Paths given as learning that never got a gradient: the loss does not depend on them. */
  untouched: string[];
}

/**
 * The one training loop: loss, gradients, clipping, update, until all steps are made, the watched metric
 * stalls, or `signal` stops it.
 *
 * Losses are read every `logEvery` steps, all at once; a non-finite one is still pinned to its step, and
 * undone. A run resumed from a checkpoint makes the same updates as one that was never interrupted, if its
 * loss and its batches draw everything random from the position they are given.
 *
 * @returns how the run ended; it leaves no tensor behind
 * @throws RangeError or TypeError for options that cannot work, before anything is computed
 * @throws NonFiniteLossError naming the step; the variables hold the last good weights, while the optimizer
 *   may be spoilt: make a new one, or resume from a checkpoint
 * @throws ResumeError if `resume` belongs to another run; nothing was loaded
 * @throws the reason of `signal`
 */
export async function fit<Batch>(options: FitOptions<Batch>): Promise<FitResult> {
  checkFitOptions(options);
  const run = new TrainingRun(options);
  try {
    await run.begin();
    const reason = await trainUntilStopped(run, options);
    await run.end(reason);
    return resultOf(run, reason);
  } finally {
    await run.dispose();
  }
}

async function trainUntilStopped<Batch>(
  run: TrainingRun<Batch>,
  options: FitOptions<Batch>,
): Promise<StopReason> {
  const { steps = Number.POSITIVE_INFINITY, epochs = Number.POSITIVE_INFINITY, evaluation, signal } = options;
  const due = (every: number | undefined) => every !== undefined && run.step % every === 0;
  const breathe = breather(50);
  let overdueAt = nextOverdue(options);
  while (run.step < steps && run.epoch < epochs) {
    if (signal?.aborted) await stop(run, signal);
    if (!(await run.takeStep())) {
      await run.endEpoch();
      if (evaluation && evaluation.every === undefined && (await run.evaluate())) return 'early-stopping';
      continue;
    }
    if (due(options.logEvery ?? 20)) await run.readLosses();
    if (due(evaluation?.every) && (await run.evaluate())) return 'early-stopping';
    if (due(options.checkpoint?.every) || performance.now() >= overdueAt) {
      await run.saveCheckpoint();
      overdueAt = nextOverdue(options);
    }
    await breathe();
  }
  await run.evaluate();
  return 'completed';
}

/** When the next checkpoint is due by the clock, in milliseconds; never, unless the options say so. */
function nextOverdue<Batch>({ checkpoint }: FitOptions<Batch>): number {
  return performance.now() + 1000 * (checkpoint?.everySeconds ?? Number.POSITIVE_INFINITY);
}

async function stop<Batch>(run: TrainingRun<Batch>, signal: AbortSignal): Promise<never> {
  await run.saveCheckpoint();
  throw signal.reason;
}

function resultOf<Batch>(run: TrainingRun<Batch>, reason: StopReason): FitResult {
  const { step, epoch, lastLoss: loss, metrics, stall } = run;
  return {
    step,
    epoch,
    loss,
    reason,
    ...(metrics ? { metrics } : {}),
    ...(stall.best === null ? {} : { best: { step: stall.bestStep, value: stall.best } }),
    untouched: [...run.untouched],
  };
}
