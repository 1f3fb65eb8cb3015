import { join } from 'node:path';
import type { Command } from 'commander';
import { positiveNumber } from '../settings/flags.js';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';

const defaultOut = join('warmstart-runs', 'compare');

export function configure(command: Command, terminal: Terminal): void {
  addDataFlags(addRunFlags(command, { what: 'the run’s folder', defaultOut }))
    .option('--labels <n>', 'labelled rows of a draw (default: 20)', positiveNumber)
    .option('--draws <n>', 'paired draws of labels (default: 5)', positiveNumber)
    .option('--steps <n>', 'pre-training updates (default: 2000)', positiveNumber)
    .addHelpText(
      'after',
      `
Every arm on the same draws: logistic regression, scratch, random frozen encoder, unmasked autoencoder, and masked
pre-training as probe, probe then tune, and full tuning; gains over scratch with 95 % intervals.

Examples:
  warmstart compare --data my.csv --label diagnosis --labels 30 --out runs/worth-it
  warmstart compare --data dna-splice --draws 10`,
    )
    .action(async (words: string[], flags: RunFlags) => {
      const { runComparison } = await import('../method/run-comparison.js');
      await runComparison({ words, flags, defaultOut, terminal });
    });
}
