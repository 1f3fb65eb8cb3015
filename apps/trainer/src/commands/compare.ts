import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { startWasm } from '../engine.js';
import { tableOf } from '../few-labels/markdown.js';
import { fullPlan } from '../few-labels/plan.js';
import { runSeed } from '../few-labels/run-seed.js';
import { summarize } from '../few-labels/summary.js';
import { loadTable } from '../few-labels/table.js';
import { tableNames } from '../few-labels/table-names.js';
import { openRunFolder } from '../run/run-folder.js';
import type { Terminal } from '../terminal.js';
import { positiveNumber, wholeNumber } from './flags.js';

interface Flags {
  data: string;
  labels: number;
  draws: number;
  steps: number;
  seed: number;
  out: string;
  json: boolean;
}

export function configure(command: Command, terminal: Terminal): void {
  command
    .addOption(new Option('--data <name>', 'what to compare on').choices(tableNames).default('spambase'))
    .option('--labels <n>', 'labelled rows of a draw', positiveNumber, 20)
    .option('--draws <n>', 'paired draws of labels', positiveNumber, 5)
    .option('--steps <n>', 'pre-training updates', positiveNumber, 2000)
    .option('--seed <n>', 'of pre-training', wholeNumber, 0)
    .option('--out <folder>', 'the run’s folder', join('warmstart-runs', 'compare'))
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nEvery arm on the same draws: logistic regression, scratch, random frozen encoder, unmasked autoencoder, and\n' +
        'masked pre-training as probe, probe then tune, and full tuning; gains over scratch with 95 % intervals.',
    )
    .action((flags: Flags) => compare(flags, terminal));
}

async function compare(
  { data, labels, draws, steps, seed, out, json }: Flags,
  terminal: Terminal,
): Promise<void> {
  const folder = openRunFolder(out);
  const { backend } = await startWasm();
  const table = await loadTable(data);
  const plan = {
    ...fullPlan,
    datasets: [data],
    labelCounts: [labels],
    draws,
    pretrainSeeds: [seed],
    pretrainSteps: steps,
  };
  if (labels < table.classCount) {
    throw new RangeError(
      `compare: --labels must be at least the ${table.classCount} classes, got ${labels}.`,
    );
  }
  const result = {
    backend,
    ...summarize([await runSeed(table, seed, plan, { tell: terminal.note, signal: terminal.signal })]),
  };
  folder.write('compare.json', `${JSON.stringify(result, null, 2)}\n`);
  terminal.out(json ? JSON.stringify(result) : tableOf(result));
}
