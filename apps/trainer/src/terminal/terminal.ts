import { printableText } from '@warmstart/core-checkpoint/files';

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
  /** Aborted by Ctrl-C, and by what ends processes on purpose: `kill`, `timeout`, `docker stop`, a scheduler. */
  readonly signal: AbortSignal;
}

/**
 * A terminal on this process's standard streams; the first SIGINT (Ctrl-C) or SIGTERM aborts `signal`, the second one
 * kills. A reader that has seen enough (`| head`) ends the process quietly.
 */
export function processTerminal(): Terminal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => controller.abort(new Error('interrupted')));
  }
  endQuietly(process.stdout, () => process.exit());
  // without anybody to read notes the work goes on
  endQuietly(process.stderr, () => {});
  return {
    out: (text) => void process.stdout.write(`${printable(text)}\n`),
    note: (text) => void process.stderr.write(`${printable(text)}\n`),
    interactive: process.stderr.isTTY === true,
    columns: process.stderr.columns || 100, // some terminals say 0
    signal: controller.signal,
  };
}

/** What is shown comes out of files, too: nothing of it reaches the terminal as a command. */
function printable(text: string): string {
  return text.replace(/[^\t\n]+/g, printableText);
}

/** Calls `end` where the other side of a pipe was closed; any other failure to write is thrown. */
function endQuietly(stream: NodeJS.WriteStream, end: () => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    end();
  });
}
