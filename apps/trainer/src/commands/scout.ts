import { join } from 'node:path';
import { type ScoutEvent, type ScoutExecutor, scout } from '@warmstart/guided-tl';
import { directoryStore, localPool } from '@warmstart/guided-tl/pool';
import { type Command, InvalidArgumentError } from 'commander';
import { guidesOf, writeGuides } from '../models/guides-output.js';
import { outOf } from '../runs/command-run.js';
import { positiveNumber } from '../settings/flags.js';
import type { Settings } from '../settings/project.js';
import { resolveSettings } from '../settings/resolve-settings.js';
import { addRunFlags, type RunFlags } from '../settings/run-flags.js';
import { loadScoutModule, openBase } from '../sources/scout-module.js';
import { UsageError } from '../terminal/failure.js';
import type { Terminal } from '../terminal/terminal.js';

type Flags = RunFlags & { shard?: { index: number; count: number }; queue?: string };

const defaultOut = join('warmstart-runs', 'guides');

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, {
    what: 'where guides and the recentred base go',
    defaultOut,
    backend: 'given to your module as process.env.WARMSTART_BACKEND (default: auto)',
    resume: 'scouts in --store are always reused; this flag changes nothing',
  })
    .option('--module <file>', 'your JavaScript: default export trains one scout, export subproblems')
    .option('--base <checkpoint>', 'the pre-trained weights, in any format')
    .option('--at <path>', 'where in the checkpoint the state dict is')
    .option('--store <folder>', 'keeps every finished scout (default: warmstart-runs/scouts)')
    .option('--workers <n>', 'worker threads (default: one a core)', positiveNumber)
    .option(
      '--shard <i/n>',
      'train only every n-th scout, from number i (from 0); then: warmstart reduce',
      shard,
    )
    .option(
      '--queue <redis-url>',
      'hand scouts to `warmstart worker` processes instead; the store must be shared',
    )
    .addHelpText(
      'after',
      `
Each scout learns one easier sub-problem from a copy of the base; how far each weight moves becomes its guide.

Examples:
  warmstart scout --module scouts.mjs --base runs/mine/checkpoints/encoder.safetensors --out runs/guides
  warmstart finetune --data my.csv --from runs/guides/base.safetensors --guides runs/guides/guides.safetensors
  warmstart scout --config warmstart.yaml --shard 0/3            one of three machines; then warmstart reduce`,
    )
    .action((words: string[], flags: Flags) => run(words, flags, terminal));
}

async function run(words: readonly string[], flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.queue && flags.shard) throw new UsageError('scout: --queue and --shard exclude each other.');
  const settings = await resolveSettings('scout', { config: flags.config, overrides: words, flags });
  const { seed, backend } = settings;
  const path = required('module', settings.module);
  const basePath = required('base', settings.base);
  if (backend !== 'auto') process.env.WARMSTART_BACKEND = backend; // threads inherit it
  const out = await outOf(flags, defaultOut);
  const module = await loadScoutModule(path);
  const { weights: base, metadata } = await openBase(basePath, settings.at, terminal);
  const subproblems = await module.subproblems(seed);
  const store = directoryStore(settings.store);
  const executor = await executorFor(flags.queue, settings, module.url);
  try {
    const scouted = await scout({
      base,
      subproblems,
      seed,
      executor,
      store,
      signal: terminal.signal,
      onEvent: (event) => note(event, terminal),
      ...(flags.shard ? { shard: flags.shard } : {}),
    });
    if (!flags.shard) {
      const made = await guidesOf(scouted, { module, executor, store }, terminal);
      return await writeGuides(scouted, made, { folder: out, store, metadata, json: flags.json, terminal });
    }
    const { finished, diverged } = scouted.report;
    const kept = { shard: flags.shard, finished, diverged, store: settings.store };
    terminal.out(
      flags.json
        ? JSON.stringify(kept)
        : `${finished.length + diverged.length} scouts kept in ${settings.store}; when all shards are done: warmstart reduce ${settings.store}`,
    );
  } finally {
    await executor.close();
  }
}

function required(name: 'module' | 'base', value: string | undefined): string {
  if (value !== undefined) return value;
  const what = name === 'module' ? 'your JavaScript of scouts' : 'the pre-trained weights';
  throw new UsageError(
    `scout: --${name} must name ${what}. Example: warmstart scout --module scouts.mjs --base encoder.safetensors`,
  );
}

async function executorFor(
  queue: string | undefined,
  { store, workers }: Settings<'scout'>,
  module: URL,
): Promise<ScoutExecutor & { close(): Promise<void> }> {
  if (!queue) return localPool({ module, ...(workers === undefined ? {} : { workers }) });
  const { scoutQueue } = await import('@warmstart/scale-bullmq');
  return scoutQueue({ url: queue, directory: store });
}

function note(event: ScoutEvent, terminal: Terminal): void {
  if (event.type === 'scout-start') return;
  const what = event.type === 'scout-failed' ? `failed: ${event.message}` : event.result;
  terminal.note(`scout ${event.index} ${what} (${event.done} of ${event.count})`);
}

function shard(text: string): { index: number; count: number } {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? [];
  if (index !== undefined && count !== undefined && index < count) return { index, count };
  throw new InvalidArgumentError('It must be i/n with i from 0 to n - 1, e.g. 0/3.');
}
