import type { RunFlags } from '../settings/run-flags.js';
import { outOf, startRun } from './start-run.js';
import type { Examples } from '../data/examples.js';
import type { EngineFacts } from '../engine.js';
import { type Run, withRun } from './run.js';
import type { Project, RunCommand, Settings } from '../settings/project.js';
import type { Terminal } from '../terminal/terminal.js';

/** What a command is given. */
export interface CommandCall {
  words: readonly string[];
  flags: RunFlags;
  /** Where the run goes if nothing says so. */
  usually: string;
  terminal: Terminal;
  /** Settings that hold where neither a config nor a flag says otherwise. */
  usual?: Project;
}

/** A run under way: its folder is taken, its settings are written down, what computes has started. */
export interface StartedRun<Name extends RunCommand> {
  run: Run;
  settings: Settings<Name>;
  engine: EngineFacts;
  terminal: Terminal;
}

/**
 * Does a command's work in a run folder and says what it found; a run that has finished only says so again.
 *
 * @param options.work - gives the result, which is kept as `result.json`
 * @param options.textOf - the result for people; as it is under `--json`
 */
export async function runCommand<Name extends RunCommand, Result>(
  command: Name,
  call: CommandCall,
  {
    work,
    textOf,
  }: { work: (started: StartedRun<Name>) => Promise<Result>; textOf: (result: Result) => string },
): Promise<void> {
  const { flags, terminal, usually } = call;
  const out = await outOf(flags, usually);
  const { resume, tensorboard = false } = flags;
  const result = await withRun({ command, out, resume, tensorboard, terminal }, async (run) => {
    if (run.finished) {
      terminal.note(`${out}: this run has finished; here is what it found`);
      return run.finished as Result; // written below
    }
    const made = await work({ run, terminal, ...(await startRun(command, run, { ...call, out })) });
    run.finish(made);
    return made;
  });
  terminal.out(flags.json ? JSON.stringify(result) : textOf(result));
}

/** Writes down which rows went where, now that they are known. */
export function keepSplits(run: Run, { source, digest, splits }: Examples): void {
  run.begin();
  run.folder.writeJson('splits.json', { data: source.name, digest, ...splits });
}
