/** A learning rate by the number of updates already made, from 0. */
export type Schedule = (step: number) => number;

/** What {@link warmupCosine} and {@link warmupLinear} take. */
export interface WarmupOptions {
  /** The highest rate, reached when the warm-up ends. */
  peak: number;
  /** All steps of the run, warm-up included; later steps keep `floor`. */
  steps: number;
  /** Steps of linear rise; the first step already has peak / warmupSteps. Default 0. */
  warmupSteps?: number;
  /** The rate at the end. Default 0. */
  floor?: number;
}

/**
 * Rises linearly, then falls along half a cosine.
 *
 * @throws RangeError if steps is not a positive whole number, or the warm-up is longer
 * @see Loshchilov & Hutter 2016, arXiv 1608.03983 (one cycle); Goyal et al. 2017, arXiv 1706.02677 (warm-up)
 */
export function warmupCosine(options: WarmupOptions): Schedule {
  return warmedUp('warmupCosine', options, (done) => 0.5 * (1 + Math.cos(Math.PI * done)));
}

/** Rises linearly, then falls linearly. @throws RangeError as {@link warmupCosine} */
export function warmupLinear(options: WarmupOptions): Schedule {
  return warmedUp('warmupLinear', options, (done) => 1 - done);
}

/** Rises linearly for `warmupSteps`, then stays. */
export function warmupConstant(peak: number, warmupSteps: number): Schedule {
  return (step) => peak * Math.min(1, (step + 1) / Math.max(1, warmupSteps));
}

/**
 * Multiplies the rate by `factor` at each milestone.
 *
 * @param options.milestones - numbers of updates, rising
 * @param options.factor - e.g. 0.1
 */
export function stepDecay(options: {
  initial: number;
  milestones: readonly number[];
  factor: number;
}): Schedule {
  const { initial, milestones, factor } = options;
  return (step) => initial * factor ** milestones.filter((milestone) => step >= milestone).length;
}

/**
 * The one-cycle rate: a cosine rise from peak / 25 over the first share, a cosine fall to peak / 250,000.
 *
 * @param options.riseShare - share of the steps that rise, in (0, 1). Default 0.3
 * @see Smith & Topin 2017, arXiv 1708.07120; torch.optim.lr_scheduler.OneCycleLR
 */
export function oneCycle(options: { peak: number; steps: number; riseShare?: number }): Schedule {
  const { peak, steps, riseShare = 0.3 } = options;
  checkSteps('oneCycle', steps);
  const top = Math.max(1, riseShare * steps - 1);
  const between = (from: number, to: number, done: number) =>
    to + 0.5 * (from - to) * (1 + Math.cos(Math.PI * Math.min(1, done)));
  return (step) =>
    step <= top
      ? between(peak / 25, peak, step / top)
      : between(peak, peak / 250_000, (step - top) / Math.max(1, steps - 1 - top));
}

function warmedUp(name: string, options: WarmupOptions, fall: (done: number) => number): Schedule {
  const { peak, steps, warmupSteps = 0, floor = 0 } = options;
  checkSteps(name, steps);
  if (!(warmupSteps >= 0 && warmupSteps <= steps)) {
    throw new RangeError(`${name}: warmupSteps must be between 0 and steps (${steps}), got ${warmupSteps}.`);
  }
  return (step) => {
    if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
    const done = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
    return floor + (peak - floor) * fall(done);
  };
}

function checkSteps(name: string, steps: number): void {
  if (!(Number.isInteger(steps) && steps > 0)) {
    throw new RangeError(`${name}: steps must be a positive whole number, got ${steps}.`);
  }
}
