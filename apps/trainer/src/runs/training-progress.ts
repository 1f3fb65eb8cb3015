import type { SearchEvent } from '@warmstart/transfer';
import { showProgress } from '../terminal/progress.js';
import { sparkline } from '../terminal/sparkline.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Run } from './run.js';
import { readEvents } from './run-events.js';

/** A training run as it is shown while it runs. */
export interface TrainingProgress {
  onEvent(event: SearchEvent): void;
  /** Prints a note without breaking the line. */
  note(text: string): void;
  stop(): void;
}

const inLine = 12;

/**
 * Shows a training run on a line of progress: loss and its curve, the newest score, rate, time left.
 *
 * @param steps - of the whole run; undefined for a search, of which nobody knows how long it takes
 */
export function trainingProgress(
  terminal: Terminal,
  name: string,
  steps: number | undefined,
): TrainingProgress {
  const progress = showProgress(terminal);
  const line = progress.line(name);
  const losses: number[] = [];
  let score = '';
  let trial = '';
  const onEvent = (event: SearchEvent) => {
    if (event.type === 'trial-start') {
      trial = `${event.trial}, `;
      losses.length = 0;
    }
    if (event.type === 'evaluation-end') {
      const [first] = Object.entries(event.metrics);
      if (first) score = `, ${first[0]} ${first[1].toFixed(3)}`;
    }
    if (event.type !== 'step-end') return;
    losses.push(event.loss);
    const curve = terminal.interactive ? ` ${sparkline(losses, inLine)}` : '';
    const perSecond = 1000 / event.millisecondsPerStep;
    const pace = perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
    const of = steps === undefined ? '' : ` of ${steps}`;
    line.update(
      steps === undefined ? undefined : event.step / steps,
      `${trial}step ${event.step}${of}, loss ${event.loss.toFixed(4)}${curve}${score}, ${pace} steps/s`,
    );
  };
  return { onEvent, note: progress.note, stop: progress.stop };
}

/** On a screen, the loss over the whole run, including what was done before it was resumed. */
export function printLossCurve(run: Run, { interactive, columns, note }: Terminal): void {
  if (!interactive) return;
  const events = readEvents(run.folder.file('events.jsonl'));
  const losses = events.flatMap(({ type, loss }) => (type === 'step-end' ? [Number(loss)] : []));
  const [first, last] = [losses[0], losses.at(-1)];
  if (losses.length < 2 || first === undefined || last === undefined) return;
  const curve = sparkline(losses, Math.max(8, Math.min(60, columns - 34)));
  note(`training loss ${first.toFixed(3)} ${curve} ${last.toFixed(3)}`);
}
