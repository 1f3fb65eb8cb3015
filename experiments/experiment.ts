/** Where an experiment writes. */
export interface Output {
  /** The result. */
  out(text: string): void;
  /** Progress and tables, for people. */
  note(text: string): void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What every experiment is given. */
export interface ExperimentOptions {
  /** Base of every random stream. */
  seed: number;
  /** Fewer seeds and draws: shows that it runs, proves nothing. Said in the result. */
  quick: boolean;
  /** Folder for the JSON result. */
  out: string;
  output: Output;
}

/** A published experiment: what was compared, with intervals. */
export interface ExperimentModule {
  /** Runs it, writes `<out>/<name>.json`, and returns what was written. Prints its table with `output.note`. */
  run(options: ExperimentOptions): Promise<unknown>;
}
