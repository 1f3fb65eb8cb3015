import { budget, type Trial } from './race.js';
import { average, type Interval, meanInterval } from './statistics.js';

export const armNames = ['scratch', 'frozen', 'finetune', 'guided', 'shuffled'] as const;
export type ArmName = (typeof armNames)[number];

/** How an arm stands after the draws that are done. */
export interface Standing {
  name: ArmName;
  /** draws done */
  draws: number;
  /** chosen by validation rows, one choice for all draws */
  learningRate: number;
  steps: number;
  /** mean share of validation rows that are right, at the chosen steps */
  validation: number;
  /** share of test rows that are right, at the chosen steps */
  accuracy: Interval;
  /** accuracy by step, at the chosen learning rate */
  curve: Interval[];
  /** draw by draw, to be paired with other arms' */
  perDraw: number[];
  /** [true class, predicted class], summed over draws */
  confusion: number[][];
}

/**
 * Chooses learning rate and steps by the mean validation accuracy over all draws, of equals the gentlest, then reports
 * test rows. Test results play no part in the choice.
 *
 * @param draws - the trials of each finished draw; at least one
 */
export function standingOf(
  name: ArmName,
  draws: readonly (readonly Trial[])[],
  classCount: number,
): Standing {
  let best = { rate: 0, mark: 0, accuracy: Number.NEGATIVE_INFINITY };
  for (let rate = 0; rate < (draws[0]?.length ?? 0); rate++) {
    for (let mark = 0; mark < budget.marks.length; mark++) {
      const accuracy = average(draws.map((trials) => trials[rate]?.validation[mark] ?? 0));
      if (accuracy > best.accuracy) best = { rate, mark, accuracy };
    }
  }
  const chosen = draws.map((trials) => trials[best.rate] as Trial);
  const shareRight = (predicted: Uint8Array, truth: Int32Array) =>
    predicted.reduce((sum, label, row) => sum + (label === truth[row] ? 1 : 0), 0) / predicted.length;
  const byMark = budget.marks.map((_, mark) =>
    chosen.map(({ predicted, truth }) => shareRight(predicted[mark] as Uint8Array, truth)),
  );
  const confusion = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  for (const { predicted, truth } of chosen) {
    for (const [row, label] of (predicted[best.mark] as Uint8Array).entries()) {
      const line = confusion[truth[row] as number] as number[];
      line[label] = (line[label] as number) + 1;
    }
  }
  const perDraw = byMark[best.mark] as number[];
  return {
    name,
    draws: draws.length,
    learningRate: (chosen[0] as Trial).learningRate,
    steps: budget.marks[best.mark] as number,
    validation: best.accuracy,
    accuracy: meanInterval(perDraw),
    curve: byMark.map(meanInterval),
    perDraw,
    confusion,
  };
}
