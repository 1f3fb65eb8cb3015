import type { TrainingEvent } from '@warmstart/training';
import type { Progress } from '../progress.js';

/** Shows a training run on a line of progress: loss, rate, and the newest score. */
export function trainingProgress(
  progress: Progress,
  name: string,
  steps: number,
): (event: TrainingEvent) => void {
  const line = progress.line(name);
  let score = '';
  return (event) => {
    if (event.type === 'evaluation-end') {
      const [first] = Object.entries(event.metrics);
      if (first) score = `, ${first[0]} ${first[1].toFixed(3)}`;
    }
    if (event.type !== 'step-end') return;
    const perSecond = 1000 / event.millisecondsPerStep;
    const pace = perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
    line.update(
      event.step / steps,
      `step ${event.step} of ${steps}, loss ${event.loss.toFixed(4)}${score}, ${pace} steps/s`,
    );
  };
}
