import { MultiBar, type SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** Progress of one piece of work, on a line of its own. */
export interface ProgressLine {
  /**
   * @param done - share of the work that is done, in [0, 1]; undefined where nobody knows
   * @param doing - e.g. "pre-training, loss 0.43"
   */
  update(done: number | undefined, doing: string): void;
}

/** Lines of progress with the time left: bars on a screen, a plain line now and then elsewhere. */
export interface Progress {
  line(name: string): ProgressLine;
  /** Prints a note above the lines. */
  note(text: string): void;
  stop(): void;
}

/** @param terminal - notes go here where there is no screen; bars go to the error stream */
export function showProgress(terminal: Terminal): Progress {
  return terminal.interactive ? bars(terminal) : plainLines(terminal);
}

function bars({ columns }: Terminal): Progress {
  const multi = new MultiBar({
    format: '{name} {bar} {left}  {doing}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: columns >= 100 ? 24 : 10,
    hideCursor: true,
    linewrap: true, // lines are cut here, and notes must not be
    clearOnComplete: false,
    stream: process.stderr,
    fps: 8,
  });
  return {
    line: (name) => barLine(multi.create(1000, 0, { name: name.padEnd(10), doing: '', left: '' }), columns),
    note: (text) => multi.log(`${text}\n`),
    stop: () => multi.stop(),
  };
}

/** Name, bar and time take so much of a line; the rest is cut rather than wrapped, which would break the bar. */
const taken = { wide: 52, narrow: 38 };

function barLine(bar: SingleBar, columns: number): ProgressLine {
  const clock = timeLeft();
  const room = Math.max(0, columns - (columns >= 100 ? taken.wide : taken.narrow));
  return {
    update: (done, doing) => {
      const left =
        done === undefined ? '' : `${String(Math.round(100 * done)).padStart(3)} %  ${clock(done)}`;
      bar.update(Math.round(1000 * (done ?? 0)), { doing: doing.slice(0, room), left });
    },
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
          if ((done === undefined || done < 1) && Date.now() - shownAt < plainIntervalMs) return;
          shownAt = Date.now();
          const share = done === undefined ? '' : `${Math.round(100 * done)} %, ${clock(done)}, `;
          terminal.note(`${name}: ${share}${doing}`);
        },
      };
    },
    note: terminal.note,
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
