import type { Command } from 'commander';
import { addDataFlags, addRunFlags, type RunFlags } from '../settings/run-flags.js';
import type { Terminal } from '../terminal/terminal.js';

export function configure(command: Command, terminal: Terminal): void {
  command.argument('<model>', 'the model.safetensors of a finetune run');
  addDataFlags(
    addRunFlags(command, { what: 'a .csv or .jsonl file, or a folder', defaultOut: 'standard output' }),
  )
    .addHelpText(
      'after',
      `
New rows need the columns the model learned from, in any order; a label is not needed. Prints CSV, with --json one
JSON object a row: the prediction and the probability of each class.

Examples:
  warmstart predict model.safetensors --data new.csv
  warmstart predict model.safetensors --data new-photos/ --out predictions.jsonl`,
    )
    .action(async (file: string, words: string[], flags: RunFlags) => {
      const { runPrediction } = await import('../method/run-prediction.js');
      await runPrediction(file, { words, flags, defaultOut: '', terminal });
    });
}
