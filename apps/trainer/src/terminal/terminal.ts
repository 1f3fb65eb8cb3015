/** Where a command writes. Passed in, so that a test can read what a person would have seen. */
export interface Terminal {
  /** The result: one JSON object per line under `--json`, text otherwise. */
  out(text: string): void;
  /** Everything for people that is not the result: progress, notes, warnings. */
  note(text: string): void;
  /** True if notes go to a screen that can redraw a line. */
  readonly interactive: boolean;
  /** Width in characters, for tables and bars. */
  readonly columns: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A terminal on this process's standard streams; the first Ctrl-C aborts `signal`, the second one kills. */
export function processTerminal(): Terminal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    interactive: process.stderr.isTTY === true,
    columns: process.stderr.columns || 100, // some terminals say 0
    signal: controller.signal,
  };
}
