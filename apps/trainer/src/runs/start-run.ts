import { type EngineFacts, startEngine } from '../engine.js';
import type { Run } from './run.js';
import type { Project, RunCommand, Settings } from '../settings/project.js';
import { projectOf, resolveSettings } from '../settings/resolve-settings.js';
import type { Terminal } from '../terminal/terminal.js';
import type { RunFlags } from '../settings/run-flags.js';

/**
 * Settles what a run is to do, starts what computes, and writes both down.
 *
 * @param options.usual - settings that hold where neither a config nor a flag says otherwise
 */
export async function startRun<Name extends RunCommand>(
  command: Name,
  run: Run,
  options: { flags: RunFlags; words: readonly string[]; out: string; terminal: Terminal; usual?: Project },
): Promise<{ settings: Settings<Name>; engine: EngineFacts }> {
  const { flags, words, out, terminal, usual } = options;
  const settings = await resolveSettings(command, {
    stored: run.stored ?? usual,
    config: flags.config,
    overrides: words,
    flags,
  });
  const engine = await startEngine(settings.backend);
  tellEngine(engine, terminal);
  run.describe(projectOf(command, settings, out), engine);
  return { settings, engine };
}

/** Says what computes and, where another was preferred, why it was passed over. */
export function tellEngine(
  { backend, summary, passedOver }: EngineFacts,
  { note }: Pick<Terminal, 'note'>,
): void {
  note(`backend ${backend} with Warmstart's kernels (${summary})`);
  for (const { backend: other, reason } of passedOver) {
    if (!reason.includes('installed')) note(`  ${other} was passed over: ${reason}`);
  }
}

/** Where a run goes: the flag, the config, or the usual place. */
export async function outOf(flags: RunFlags, usually: string): Promise<string> {
  if (flags.out !== undefined) return flags.out;
  if (flags.config === undefined) return usually;
  const { readConfig } = await import('../settings/read-config.js');
  const project: Project = await readConfig(flags.config);
  return project.out ?? usually;
}
