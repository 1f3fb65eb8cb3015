import type { EngineFacts } from '../engine.js';
import { startEngine } from '../engine.js';
import type { RunCommand, Settings } from '../settings/project.js';
import { projectOf, resolveSettings } from '../settings/resolve-settings.js';
import type { RunFlags } from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';
import { printEngine } from './print-engine.js';
import { type Run, withRun } from './run.js';
import { storedProject } from './stored-project.js';

/** What a command is given. */
export interface CommandCall {
  words: readonly string[];
  flags: RunFlags;
  /** Where the run goes if neither a flag nor the config names a folder. */
  defaultOut: string;
  terminal: Terminal;
}

/** A run under way: its folder is taken, its settings are written down, the backend has started. */
export interface StartedRun<Name extends RunCommand> {
  run: Run;
  settings: Settings<Name>;
  engine: EngineFacts;
  terminal: Terminal;
}

/**
 * Does a command's work in a run folder and prints the result; of a finished run, the result that it left.
 *
 * @param options.work - gives the result, which is saved as `result.json`
 * @param options.textOf - the result for people; as it is under `--json`
 * @throws UsageError if there is no run to resume
 */
export async function runCommand<Name extends RunCommand, Result>(
  command: Name,
  { flags, words, defaultOut, terminal }: CommandCall,
  {
    work,
    textOf,
  }: { work: (started: StartedRun<Name>) => Promise<Result>; textOf: (result: Result) => string },
): Promise<void> {
  const out = await outOf(flags, defaultOut);
  const { resume, tensorboard = false, config } = flags;
  // wrong usage is found before a folder is made
  const stored = resume ? storedProject(command, out) : undefined;
  const settings = await resolveSettings(command, { stored, config, overrides: words, flags });
  const result = await withRun({ command, out, resume, tensorboard, terminal }, async (run) => {
    if (run.finished) {
      terminal.note(`${out}: this run is finished; this is its result`);
      return run.finished as Result; // written below
    }
    const engine = await startEngine(settings.backend);
    printEngine(engine, terminal);
    run.describe(projectOf(command, settings, out), engine);
    const made = await work({ run, terminal, settings, engine });
    run.finish(made);
    return made;
  });
  terminal.out(flags.json ? JSON.stringify(result) : textOf(result));
}

/** Where a run goes: the flag, the config, or the command's default. */
export async function outOf(flags: RunFlags, defaultOut: string): Promise<string> {
  if (flags.out !== undefined) return flags.out;
  if (flags.config === undefined) return defaultOut;
  const { readConfig } = await import('../settings/read-config.js');
  return (await readConfig(flags.config)).out ?? defaultOut;
}
