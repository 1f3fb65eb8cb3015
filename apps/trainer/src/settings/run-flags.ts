import { type Command, InvalidArgumentError, Option } from 'commander';
import { backendNames } from './backend-names.js';
import { positiveNumber, wholeNumber } from './flags.js';

/** What every command that computes takes. */
export interface RunFlags {
  config?: string;
  out?: string;
  resume: boolean;
  json: boolean;
  tensorboard: boolean;
  [setting: string]: unknown;
}

/** Adds `--config --seed --backend --out --json --resume`, and `key=value` words. */
export function addRunFlags(
  command: Command,
  out: {
    what: string;
    usually: string;
    /** Said of `--backend` and `--resume` where they mean something of their own. */
    backend?: string;
    resume?: string;
  },
): Command {
  const { backend = 'what computes (default: auto)', resume = 'go on where the run in --out was stopped' } =
    out;
  return command
    .argument('[settings...]', 'any setting as key=value, e.g. steps=500')
    .option('--config <file>', 'settings from a .yaml, .json or .ts file; flags and key=value go first')
    .option('--seed <n>', 'base of every random stream (default: 0)', wholeNumber)
    .addOption(new Option('--backend <name>', backend).choices(backendNames))
    .option('--out <path>', `${out.what} (default: ${out.usually})`)
    .option('--resume', resume, false)
    .option('--json', 'print the result as JSON', false);
}

/** Adds what says which rows there are. */
export function addDataFlags(command: Command): Command {
  return command
    .option('--data <path>', 'your file or folder, or a data set by name (default: spambase)')
    .addOption(
      new Option('--format <name>', 'what the data is (default: by its names)').choices([
        'csv',
        'tsv',
        'jsonl',
        'parquet',
        'images',
        'texts',
        'counts',
      ]),
    )
    .option('--label <column>', 'the column to learn (default: guessed, and said)')
    .addOption(
      new Option('--task <name>', 'what the label is (default: by its values)').choices([
        'classes',
        'number',
      ]),
    )
    .option('--ignore <columns>', 'columns that are no features, e.g. id,name', names)
    .option(
      '--missing <words>',
      'words that mean no value, e.g. unknown,- (NA, ?, null and others do)',
      names,
    )
    .option('--split-column <column>', 'a column that says train, validation or test');
}

/** Adds what training takes. */
export function addTrainingFlags(command: Command): Command {
  return command
    .option('--steps <n>', 'updates', positiveNumber)
    .option('--batch-size <n>', 'rows of an update', positiveNumber)
    .option('--learning-rate <x>', 'of the optimizer', rate)
    .option(
      '--checkpoint-every <n>',
      'steps between checkpoints: the most a killed run loses (default: 250)',
      positiveNumber,
    )
    .addOption(
      new Option('--compile <when>', 'run steps natively, with onnxruntime-node (default: auto)').choices([
        'auto',
        'always',
        'never',
      ]),
    )
    .option('--tensorboard', 'also write event files for TensorBoard into the run folder', false);
}

/** Parses a flag that must be a number above 0. */
export function rate(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0, e.g. 1e-3.');
}

/** Parses sizes of layers, e.g. 256,128. */
export function sizes(text: string): number[] {
  return text.split(',').map(positiveNumber);
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
