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
    defaultOut: string;
    /** Said of `--backend` and `--resume` where they mean something of their own. */
    backend?: string;
    resume?: string;
  },
): Command {
  const { backend = 'TensorFlow.js backend (default: auto)', resume = 'continue the stopped run in --out' } =
    out;
  return command
    .argument('[settings...]', 'any setting as key=value, e.g. steps=500')
    .option('--config <file>', 'settings from a .yaml, .json or .ts file; flags and key=value override it')
    .option('--seed <n>', 'base of every random stream (default: 0)', wholeNumber)
    .addOption(new Option('--backend <name>', backend).choices(backendNames))
    .option('--out <path>', `${out.what} (default: ${out.defaultOut})`)
    .option('--resume', resume, false)
    .option('--json', 'print the result as JSON', false);
}

/** Adds what says which rows there are. */
export function addDataFlags(command: Command): Command {
  return command
    .option('--data <path>', 'your file or folder, or a data set by name (warmstart data list)')
    .addOption(
      new Option('--format <name>', 'format of the data (default: by name and ending)').choices([
        'csv',
        'tsv',
        'jsonl',
        'parquet',
        'images',
        'texts',
        'counts',
      ]),
    )
    .option('--label <column>', 'the column to predict (default: guessed; the guess is shown)')
    .addOption(
      new Option(
        '--task <name>',
        'whether the label holds classes or a number (default: by its values)',
      ).choices(['classes', 'number']),
    )
    .option('--ignore <columns>', 'columns to leave out, e.g. id,name', names)
    .option(
      '--missing <words>',
      'words for a missing value, e.g. unknown,- (empty, NA, ?, null and others are known)',
      names,
    )
    .option('--split-column <column>', 'a column that holds train, validation or test');
}

/** Adds what training takes. */
export function addTrainingFlags(command: Command): Command {
  return command
    .option('--steps <n>', 'training steps', positiveNumber)
    .option('--batch-size <n>', 'rows per batch', positiveNumber)
    .option('--learning-rate <x>', 'learning rate of the optimizer', rate)
    .option(
      '--checkpoint-every <n>',
      'steps between checkpoints (default: 250); one a minute is saved in any case',
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
