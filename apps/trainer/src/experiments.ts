import type { Terminal } from './terminal.js';

/** What every experiment is given. */
export interface ExperimentOptions {
  /** Base of every random stream. */
  seed: number;
  /** Fewer seeds and draws: shows that it runs, proves nothing. Said in the result. */
  quick: boolean;
  /** Folder for the JSON result. */
  out: string;
  terminal: Terminal;
}

/** A published experiment: what was compared, with intervals. */
export interface ExperimentModule {
  /** Runs it, writes `<out>/<name>.json`, and returns what was written. Prints its table with `terminal.note`. */
  run(options: ExperimentOptions): Promise<unknown>;
}

interface ExperimentEntry {
  name: string;
  summary: string;
  load: () => Promise<ExperimentModule>;
}

/** Every published experiment; its table lies in docs/experiments/ under the same name. */
export const experiments: readonly ExperimentEntry[] = [
  {
    name: 'few-labels',
    summary: 'what masked pre-training is worth with 10 to 500 labels, on DNA, mails and digits',
    load: () => import('./experiments/few-labels.js'),
  },
  {
    name: 'gtl-sinusoid',
    summary: 'guided transfer: few-shot sinusoids, guides against their controls and neighbours',
    load: () => import('./experiments/guided/gtl-sinusoid.js'),
  },
];
