import type { TrainingEvent } from '@warmstart/training';
import { showProgress } from '../terminal/progress.js';
import { sparkline } from '../terminal/sparkline.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Run } from './run.js';
import { readEvents } from './run-events.js';

/** A training run as it is seen while it goes on. */
export interface TrainingProgress {
  onEvent(event: TrainingEvent): void;
  stop(): void;
}

const inLine = 12;

/** Shows a training run on a line of progress: loss and its course, the newest score, rate, time left. */
export function trainingProgress(terminal: Terminal, name: string, steps: number): TrainingProgress {
  const progress = showProgress(terminal);
  const line = progress.line(name);
  const losses: number[] = [];
  let score = '';
  const onEvent = (event: TrainingEvent) => {
    if (event.type === 'evaluation-end') {
      const [first] = Object.entries(event.metrics);
      if (first) score = `, ${first[0]} ${first[1].toFixed(3)}`;
    }
    if (event.type !== 'step-end') return;
    losses.push(event.loss);
    const course = terminal.interactive ? ` ${sparkline(losses, inLine)}` : '';
    const perSecond = 1000 / event.millisecondsPerStep;
    const pace = perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
    line.update(
      event.step / steps,
      `step ${event.step} of ${steps}, loss ${event.loss.toFixed(4)}${course}${score}, ${pace} steps/s`,
    );
  };
  return { onEvent, stop: progress.stop };
}

/** On a screen, the course of the loss over the whole run, what was done before it was resumed included. */
export function printLossCurve(run: Run, { interactive, columns, note }: Terminal): void {
  if (!interactive) return;
  const events = readEvents(run.folder.file('events.jsonl'));
  const losses = events.flatMap(({ type, loss }) => (type === 'step-end' ? [Number(loss)] : []));
  const [first, last] = [losses[0], losses.at(-1)];
  if (losses.length < 2 || first === undefined || last === undefined) return;
  const course = sparkline(losses, Math.max(8, Math.min(60, columns - 34)));
  note(`training loss ${first.toFixed(3)} ${course} ${last.toFixed(3)}`);
}
