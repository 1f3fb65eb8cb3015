import { type Command, Option } from 'commander';
import { startWasm } from '../engine.js';
import { readClassifier } from '../few-labels/classifier-file.js';
import { scoreOf } from '../few-labels/score.js';
import { tableNames } from '../few-labels/table-names.js';
import type { Terminal } from '../terminal.js';

interface Flags {
  data: string;
  split: 'validation' | 'test';
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .argument('<model>', 'a file that finetune wrote')
    .addOption(
      new Option('--data <name>', 'the set it was trained on').choices(tableNames).default('spambase'),
    )
    .addOption(new Option('--split <name>', 'which rows').choices(['validation', 'test']).default('test'))
    .option('--json', 'print the result as JSON', false)
    .action((file: string, flags: Flags) => evaluate(file, flags, terminal));
}

async function evaluate(file: string, { data, split, json }: Flags, terminal: Terminal): Promise<void> {
  const { backend } = await startWasm();
  const { model, table } = await readClassifier(file, data, terminal);
  const score = await scoreOf(table[split], table.width, (x) => model.call(x));
  model.dispose();
  const result = { dataset: data, split, rows: table[split].rowCount, backend, ...score };
  if (json) return terminal.out(JSON.stringify(result));
  for (const [name, value] of Object.entries(score)) terminal.out(`${name.padEnd(17)} ${value.toFixed(4)}`);
}
