import { join } from 'node:path';
import type { Command } from 'commander';
import {
  addDataFlags,
  addRunFlags,
  addTrainingFlags,
  type RunFlags,
  rate,
  sizes,
} from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';

const defaultOut = join('warmstart-runs', 'pretrain');

export function configure(command: Command, terminal: Terminal): void {
  addRunFlags(command, { what: 'the run’s folder', defaultOut });
  addTrainingFlags(addDataFlags(command))
    .option('--mask-ratio <share>', 'share to hide (default: by the kind of data)', rate)
    .option('--hidden <sizes>', "sizes of the encoder's layers (default: 256,128)", sizes)
    .addHelpText(
      'after',
      `
Hides a part of each row and learns to rebuild it from the rest. No labels are used; a label column is left out.

Examples:
  warmstart pretrain --data my.csv --label diagnosis --out runs/mine
  warmstart pretrain --data photos/ --out runs/photos         one folder a class, or none
  warmstart pretrain --data matrix.mtx --out runs/cells       counts of genes
  warmstart pretrain --resume --out runs/mine                 after Ctrl-C or a crash
  warmstart pretrain --config warmstart.yaml steps=500        see warmstart init`,
    )
    .action(async (words: string[], flags: RunFlags) => {
      const { runPretraining } = await import('../method/run-pretraining.js');
      await runPretraining({ words, flags, defaultOut, terminal });
    });
}
