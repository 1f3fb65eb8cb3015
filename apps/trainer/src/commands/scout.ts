import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { outOf } from '../runs/command-run.js';
import { positiveNumber } from '../settings/flags.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

type Flags = RunFlags & { shard?: { index: number; count: number }; queue?: string };

const defaultOut = join('warmstart-runs', 'guides');

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, {
    what: 'where guides and the recentred base go',
    defaultOut,
    backend: 'TensorFlow.js backend; a module gets it as process.env.WARMSTART_BACKEND (default: auto)',
    resume: 'scouts in --store are always reused; without any there, wrong usage',
  });
  addDataFlags(command)
    .option('--from <file>', 'the encoder.safetensors that the guides are for')
    .addOption(
      new Option(
        '--by <what>',
        'what scouts tell apart: clusters of rows (default), or pairs of classes',
      ).choices(['clusters', 'classes']),
    )
    .option('--scouts <n>', 'how many scouts (default: 24)', positiveNumber);
  addModuleFlags(command)
    .addHelpText(
      'after',
      `
Each scout learns one easier sub-problem from a copy of the encoder; how far each weight moves becomes its guide. With
--data, sub-problems are cut from your own rows; no labels are needed. Reliability says whether the scouts agree.

Examples:
  warmstart scout --data my.csv --from runs/mine/checkpoints/encoder.safetensors --out runs/guides
  warmstart finetune --data my.csv --from runs/guides/base.safetensors --guides runs/guides/guides.safetensors
  warmstart scout --module scouts.mjs --base encoder.safetensors --shard 0/3     one of three machines`,
    )
    .action((words: string[], flags: Flags) => run(words, flags, terminal));
}

/** Flags of scouts that a module of one's own trains. */
function addModuleFlags(command: Command): Command {
  return command
    .option('--module <file>', 'your JavaScript instead: default export trains one scout, export subproblems')
    .option('--base <checkpoint>', 'with a module: the pre-trained weights, in any format')
    .option('--at <path>', 'where in the checkpoint the state dict is')
    .option('--store <folder>', 'keeps every finished scout (default: scouts/ in --out)')
    .option('--workers <n>', 'worker threads of a module (default: one a core)', positiveNumber)
    .option(
      '--shard <i/n>',
      'train only every n-th scout of a module, from number i (from 0); then: warmstart reduce',
      shard,
    )
    .option(
      '--queue <redis-url>',
      'hand scouts of a module to `warmstart worker` processes; the store must be shared',
    );
}

async function run(words: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  const { shard, queue, json } = flags;
  if (queue && shard) throw new UsageError('scout: --queue and --shard exclude each other.');
  const settings = await resolveSettings('scout', { config: flags.config, overrides: words, flags });
  const { module, base, data, from } = settings;
  const out = await outOf(flags, defaultOut);
  if (module !== undefined || base !== undefined) {
    const { defaultStore, scoutByModule } = await import('../scouting/scout-by-module.js');
    if (flags.resume) requireScouts(settings.store ?? defaultStore);
    return scoutByModule(settings, { out, shard, queue, json, terminal });
  }
  if (data === undefined || from === undefined) {
    const missing = data === undefined ? '--data must name your rows' : '--from must name their encoder';
    throw new UsageError(
      `scout: ${missing} (or --module your JavaScript of scouts, and --base its weights). Example: warmstart scout --data my.csv --from encoder.safetensors`,
    );
  }
  if (shard || queue) {
    throw new UsageError(
      'scout: --shard and --queue are for scouts of a --module; scouts on --data are trained here.',
    );
  }
  const { scoutByRows } = await import('../scouting/scout-by-rows.js');
  const store = settings.store ?? join(out, 'scouts');
  if (flags.resume) requireScouts(store);
  await scoutByRows({ ...settings, data, from, store }, { out, json, terminal });
}

/** @throws UsageError if there is nothing to resume */
function requireScouts(store: string): void {
  if (existsSync(store) && readdirSync(store).length > 0) return;
  throw new UsageError(
    `scout: --resume needs finished scouts in ${store}, got none. Leave --resume out to train them.`,
  );
}

function shard(text: string): { index: number; count: number } {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && count !== undefined && index < count) return { index, count };
  throw new InvalidArgumentError('It must be i/n with i from 0 to n - 1, e.g. 0/3.');
}
