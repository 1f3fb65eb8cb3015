import { type ScoutEvent, type ScoutExecutor, scout } from '@warmstart/guided-tl';
import { directoryStore, localPool } from '@warmstart/guided-tl/pool';
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../failure.js';
import type { Terminal } from '../terminal.js';
import { positiveNumber, wholeNumber } from './flags.js';
import { guidesOf, writeGuides } from './guides-output.js';
import { loadScoutModule, openBase } from './scout-module.js';

interface Flags {
  module: string;
  base: string;
  at?: string;
  store: string;
  out: string;
  seed: number;
  workers?: number;
  shard?: { index: number; count: number };
  queue?: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .requiredOption('--module <file>', 'your JavaScript: default export trains one scout, export subproblems')
    .requiredOption('--base <checkpoint>', 'the pre-trained weights, in any format')
    .option('--at <path>', 'where in the checkpoint the state dict is')
    .option('--store <folder>', 'keeps every finished scout; run again to continue', 'warmstart-runs/scouts')
    .option('--out <folder>', 'where guides and the recentred base go', 'warmstart-runs/guides')
    .option('--seed <n>', 'base of every random stream', wholeNumber, 0)
    .option('--workers <n>', 'worker threads; default: one a core', positiveNumber)
    .option(
      '--shard <i/n>',
      'train only every n-th scout, from number i (from 0); then: warmstart reduce',
      shard,
    )
    .option(
      '--queue <redis-url>',
      'hand scouts to `warmstart worker` processes instead; the store must be shared',
    )
    .option('--json', 'print the result as JSON', false)
    .action((flags: Flags) => run(flags, terminal));
}

async function run(flags: Flags, terminal: Terminal): Promise<void> {
  if (flags.queue && flags.shard) throw new UsageError('scout: --queue and --shard exclude each other.');
  const module = await loadScoutModule(flags.module);
  const { weights: base, metadata } = await openBase(flags.base, flags.at, terminal);
  const subproblems = await module.subproblems(flags.seed);
  const store = directoryStore(flags.store);
  const executor = await executorFor(flags, module.url);
  try {
    const scouted = await scout({
      base,
      subproblems,
      seed: flags.seed,
      executor,
      store,
      signal: terminal.signal,
      onEvent: (event) => note(event, terminal),
      ...(flags.shard ? { shard: flags.shard } : {}),
    });
    if (!flags.shard) {
      const made = await guidesOf(scouted, { module, executor, store }, terminal);
      const { out: folder, json } = flags;
      return await writeGuides(scouted, made, { folder, store, metadata, json, terminal });
    }
    const { finished, diverged } = scouted.report;
    const kept = { shard: flags.shard, finished, diverged, store: flags.store };
    terminal.out(
      flags.json
        ? JSON.stringify(kept)
        : `${finished.length + diverged.length} scouts kept in ${flags.store}; when all shards are done: warmstart reduce ${flags.store}`,
    );
  } finally {
    await executor.close();
  }
}

async function executorFor(
  { queue, store, workers }: Flags,
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
