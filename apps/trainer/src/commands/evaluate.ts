import * as tf from '@tensorflow/tfjs-core';
import { linearHead, withHead } from '@warmstart/finetune-heads';
import { seededRandom } from '@warmstart/nn';
import { type Command, Option } from 'commander';
import { startWasm } from '../engine.js';
import { featureCount, makeEncoder } from '../few-labels/encoder.js';
import { readModel } from '../few-labels/model-file.js';
import { scoreOf } from '../few-labels/score.js';
import { loadTable } from '../few-labels/table.js';
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
  const { weights, metadata } = await readModel(file, data, terminal);
  if (metadata.kind !== 'classifier') {
    throw new Error(
      `${file}: the file must hold a classifier, got an ${metadata.kind}. Run warmstart finetune first.`,
    );
  }
  const { backend } = await startWasm();
  const table = await loadTable(data);
  const head = linearHead(featureCount, table.classCount, { random: seededRandom(0, 'head') });
  const model = withHead(makeEncoder(table, 0), head);
  for (const { path, variable } of model.namedVariables()) {
    const weight = weights.get(path);
    if (!weight || String(weight.shape) !== String(variable.shape)) {
      throw new Error(
        `${file}: ${path} must be [${variable.shape}], got ${weight ? `[${weight.shape}]` : 'none'}.`,
      );
    }
    const value = tf.tensor(weight.data, weight.shape);
    variable.assign(value);
    value.dispose();
  }
  const score = await scoreOf(table[split], table.width, (x) => model.call(x));
  model.dispose();
  const result = { dataset: data, split, rows: table[split].rowCount, backend, ...score };
  if (json) return terminal.out(JSON.stringify(result));
  for (const [name, value] of Object.entries(score)) terminal.out(`${name.padEnd(17)} ${value.toFixed(4)}`);
}
