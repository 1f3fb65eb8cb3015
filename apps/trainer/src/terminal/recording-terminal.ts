import type { Terminal } from './terminal.js';

/** A terminal that keeps what was written, for tests and for embedding the command line. */
export interface RecordingTerminal extends Terminal {
  outText(): string;
  noteText(): string;
}

export function recordingTerminal(signal: AbortSignal = new AbortController().signal): RecordingTerminal {
  const out: string[] = [];
  const notes: string[] = [];
  return {
    out: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    interactive: false,
    columns: 100,
    signal,
    outText: () => out.join('\n'),
    noteText: () => notes.join('\n'),
  };
}
