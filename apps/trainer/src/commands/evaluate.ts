import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';

const defaultOut = join('warmstart-runs', 'evaluate');

export function configure(command: Command, terminal: Terminal): void {
  command.argument('<model>', 'the model.safetensors of a finetune run');
  addDataFlags(addRunFlags(command, { what: 'the folder of the report', defaultOut }))
    .addOption(
      new Option('--split <name>', 'which rows (default: test)').choices(['train', 'validation', 'test']),
    )
    .addHelpText(
      'after',
      `
The rows are divided as they were for fine-tuning, so the test rows are ones the model has not seen.

Examples:
  warmstart evaluate runs/mine-tuned/checkpoints/model.safetensors
  warmstart evaluate model.safetensors --data my.csv --split validation`,
    )
    .action(async (file: string, words: string[], flags: RunFlags) => {
      const { runEvaluation } = await import('../method/run-evaluation.js');
      await runEvaluation(file, { words, flags, defaultOut, terminal });
    });
}
