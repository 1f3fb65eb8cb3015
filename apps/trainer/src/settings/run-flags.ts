import { type Command, InvalidArgumentError, Option } from 'commander';
import { backendNames } from './backend-names.js';
import { columnTypes, countValues, dataFormats, encodings } from './choices.js';
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

/** Adds what names the rows and says how they are read. */
export function addDataFlags(command: Command): Command {
  return addTextFlags(command)
    .option('--data <path>', 'your file or folder, or a data set by name (warmstart data list)')
    .addOption(
      new Option('--format <name>', 'format of the data (default: by content and name)').choices(dataFormats),
    )
    .option('--label <column>', 'the column to predict (default: guessed; the guess is shown)')
    .addOption(
      new Option(
        '--task <name>',
        'whether the label holds classes or a number (default: by its values)',
      ).choices(['classes', 'number']),
    )
    .option('--ignore <columns>', 'columns to leave out, e.g. id,name', names)
    .option('--types <types>', 'types of columns, e.g. zip=category,born=date', types)
    .option(
      '--missing <words>',
      'words for a missing value, e.g. unknown,- (empty, NA, ?, null are known)',
      names,
    )
    .option('--missing-values <words>', 'all words for a missing value, in place of the known ones', names)
    .addOption(
      new Option(
        '--unknown <policy>',
        'words, classes and genes that the model has not seen: error (default) or missing',
      ).choices(['error', 'missing']),
    )
    .option('--image-size <n>', 'side of a training image in pixels (default: 32)', positiveNumber)
    .option('--text-length <n>', 'tokens per text (default: 64)', positiveNumber)
    .option('--genes <n>', 'genes that are kept, those that vary most (default: 1000)', positiveNumber)
    .addOption(
      new Option('--values <what>', 'what a count matrix holds (default: by its values)').choices(
        countValues,
      ),
    )
    .option('--split-column <column>', 'a column that holds train, validation or test');
}

/** Adds how the text of a table is read. */
function addTextFlags(command: Command): Command {
  return command
    .option('--delimiter <mark>', 'the mark between cells (default: guessed)', mark)
    .addOption(new Option('--encoding <name>', 'encoding of a table (default: guessed)').choices(encodings))
    .addOption(
      new Option('--decimal <mark>', 'decimal mark of numbers (default: guessed)').choices(['.', ',']),
    )
    .option('--quote <mark>', 'mark around cells (default: ")')
    .addOption(
      new Option('--date-order <order>', 'which number of 03/04/2021 is the day').choices([
        'day-first',
        'month-first',
      ]),
    )
    .option('--sheet <name>', 'sheet of a workbook (default: the first one with rows)')
    .option('--thousands <mark>', 'mark between groups of digits (default: guessed)')
    .option('--no-header', 'the first row is a row of values, not of names');
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

/** A tab may be typed as \\t. */
function mark(text: string): string {
  return text === '\\t' ? '\t' : text;
}

/** Parses types of columns, e.g. zip=category,born=date. */
export function types(text: string): Record<string, string> {
  const entries = names(text).map((word) => {
    const at = word.lastIndexOf('=');
    const type = word.slice(at + 1);
    if (at > 0 && (columnTypes as readonly string[]).includes(type)) return [word.slice(0, at), type];
    throw new InvalidArgumentError(
      `It must be column=type, with a type of ${columnTypes.join(', ')}, got "${word}".`,
    );
  });
  return Object.fromEntries(entries);
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
