import { reduceScouts } from '@warmstart/guided-tl';
import { directoryStore } from '@warmstart/guided-tl/pool';
import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { writeGuides } from './guides-output.js';
import { openBase } from './scout-module.js';

interface Flags {
  base: string;
  at?: string;
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
    .option('--out <folder>', 'where guides and the recentred base go', 'warmstart-runs/guides')
    .option('--json', 'print the result as JSON', false)
    .action(async (folder: string, { base, at, out, json }: Flags) => {
      const { signal } = terminal;
      const store = directoryStore(folder);
      await writeGuides(await reduceScouts({ base: await openBase(base, at), store, signal }), out, {
        json,
        terminal,
      });
    });
}
