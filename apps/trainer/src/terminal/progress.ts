import { MultiBar, type SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** Progress of one piece of work, on a line of its own. */
export interface ProgressLine {
  /** @param done - share of the work that is done, in [0, 1]; @param doing - e.g. "pre-training, loss 0.43" */
  update(done: number, doing: string): void;
}

/** Lines of progress with the time left: bars on a screen, a plain line now and then elsewhere. */
export interface Progress {
  line(name: string): ProgressLine;
  stop(): void;
}

/** @param terminal - notes go here where there is no screen; bars go to the error stream */
export function showProgress(terminal: Terminal): Progress {
  return terminal.interactive ? bars() : plainLines(terminal);
}

function bars(): Progress {
  const multi = new MultiBar({
    format: '{name} {bar} {percentage} %  {left}  {doing}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
    fps: 8,
  });
  return {
    line: (name) => barLine(multi.create(1000, 0, { name: name.padEnd(10), doing: '', left: '' })),
    stop: () => multi.stop(),
  };
}

function barLine(bar: SingleBar): ProgressLine {
  const clock = timeLeft();
  return {
    update: (done, doing) => bar.update(Math.round(1000 * done), { doing, left: clock(done) }),
  };
}

const plainIntervalMs = 5000;

function plainLines(terminal: Terminal): Progress {
  return {
    line: (name) => {
      const clock = timeLeft();
      let shownAt = Date.now();
      return {
        update: (done, doing) => {
          if (done < 1 && Date.now() - shownAt < plainIntervalMs) return;
          shownAt = Date.now();
          terminal.note(`${name}: ${Math.round(100 * done)} %, ${clock(done)}, ${doing}`);
        },
      };
    },
    stop: () => {},
  };
}

/** From the share of the work that is done to the time left, by the pace so far. */
function timeLeft(): (done: number) => string {
  const started = Date.now();
  return (done) => {
    const elapsedSeconds = (Date.now() - started) / 1000;
    if (done >= 1) return `${Math.round(elapsedSeconds)} s in all`;
    if (done < 0.01) return 'a moment';
    return `${Math.ceil((elapsedSeconds * (1 - done)) / done)} s left`;
  };
}
