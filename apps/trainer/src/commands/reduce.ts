import { reduceScouts } from '@warmstart/guided-tl';
import { directoryStore, localPool } from '@warmstart/guided-tl/pool';
import type { Command } from 'commander';
import { guidesOf, writeGuides } from '../scouting/guides-output.js';
import { loadScoutModule, openBase } from '../scouting/scout-module.js';
import { positiveNumber } from '../settings/flags.js';
import type { Terminal } from '../terminal/terminal.js';

interface Flags {
  base: string;
  at?: string;
  module?: string;
  workers?: number;
  out: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument(
      '<folder>',
      'where the shards of `warmstart scout --shard i/n --store FOLDER` left their scouts',
    )
    .requiredOption('--base <checkpoint>', 'the pre-trained weights that the scouts started from')
    .option('--at <path>', 'where in the checkpoint the state dict is')
    .option('--module <file>', "the scouts' JavaScript; needed if it asks for rehearsals (export refine)")
    .option('--workers <n>', 'worker threads for rehearsals; default: one a core', positiveNumber)
    .option('--out <folder>', 'where guides and the recentred base go', 'warmstart-runs/guides')
    .option('--json', 'print the result as JSON', false)
    .action((folder: string, flags: Flags) => run(folder, flags, terminal));
}

async function run(folder: string, flags: Flags, terminal: Terminal): Promise<void> {
  const { base, at, out, json, workers } = flags;
  const { signal } = terminal;
  const store = directoryStore(folder);
  const module = flags.module === undefined ? undefined : await loadScoutModule(flags.module);
  const { weights, metadata } = await openBase(base, at, terminal);
  const scouted = await reduceScouts({ base: weights, store, signal });
  const pool = module && localPool({ module: module.url, ...(workers === undefined ? {} : { workers }) });
  try {
    const made = await guidesOf(
      scouted,
      module && pool ? { module, executor: pool, store } : undefined,
      terminal,
    );
    await writeGuides(scouted, made, { folder: out, store, metadata, json, terminal });
  } finally {
    await pool?.close();
  }
}
