import { type Interval, meanInterval, pairedInterval } from '@warmstart/transfer';
import type { ArmResult } from './result.js';
import type { Trial } from './trial.js';
import type { HonestTrial } from './verbs.js';

/** Test results of one arm under the setting that was chosen, one per draw. */
export interface ChosenArm {
  /** Undefined where each draw chose its own. */
  setting: Trial['setting'] | undefined;
  accuracy: number[];
  rocAuc: number[];
  /** At the chosen learning rate: mean test accuracy after each number of steps tried; empty for linear models. */
  course: { steps: number; accuracy: number }[];
}

/**
 * Picks one setting per arm: the one of the best mean validation accuracy over all draws. Of equals the first,
 * which is the gentlest. Test results play no part.
 *
 * @param draws - per draw the trials of every setting, in the same order
 */
export function chooseSetting(draws: readonly (readonly Trial[])[]): ChosenArm {
  const settings = draws[0] ?? [];
  let best = 0;
  let bestAccuracy = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < settings.length; index++) {
    const accuracy = average(draws.map((trials) => (trials[index] as Trial).validationAccuracy));
    if (accuracy > bestAccuracy) [best, bestAccuracy] = [index, accuracy];
  }
  const chosen = draws.map((trials) => trials[best] as Trial);
  const { setting } = settings[best] as Trial;
  return {
    setting,
    course: courseOf(draws, setting),
    accuracy: chosen.map(({ testAccuracy }) => testAccuracy),
    rocAuc: chosen.map(({ testRocAuc }) => testRocAuc),
  };
}

/** An arm whose labelled rows chose its setting, draw by draw. */
export function honestArm(trials: readonly HonestTrial[]): ChosenArm {
  return {
    setting: undefined,
    course: [],
    accuracy: trials.map(({ testAccuracy }) => testAccuracy),
    rocAuc: trials.map(({ testRocAuc }) => testRocAuc),
  };
}

/** An arm as it is reported: means over draws, and the gain over scratch pair by pair. */
export function reportArm<Name extends string>(
  name: Name,
  arm: ChosenArm,
  scratch: ChosenArm,
): ArmResult<Name> {
  return {
    name,
    accuracy: clamped(meanInterval(arm.accuracy)),
    rocAuc: clamped(meanInterval(arm.rocAuc)),
    gainOverScratch: pairedInterval(arm.accuracy, scratch.accuracy),
    chosen: arm.setting ?? { by: 'labels' },
  };
}

/** A share lies in [0, 1], whatever its t-interval says. */
function clamped({ mean, low, high }: Interval): Interval {
  return { mean, low: Math.max(0, low), high: Math.min(1, high) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function courseOf(draws: readonly (readonly Trial[])[], chosen: Trial['setting']): ChosenArm['course'] {
  if (!('learningRate' in chosen)) return [];
  return (draws[0] ?? []).flatMap(({ setting }, index) => {
    if (!('steps' in setting) || setting.learningRate !== chosen.learningRate) return [];
    const accuracy = average(draws.map((trials) => (trials[index] as Trial).testAccuracy));
    return [{ steps: setting.steps, accuracy }];
  });
}
