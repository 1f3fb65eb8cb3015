import type {
  CountOptions,
  CountValues,
  DataEvent,
  FolderOptions,
  ImageDecoder,
  Limits,
  TableEncoding,
  TextFolderOptions,
  XlsxReader,
} from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { InputSchema } from '../../schema/input-schema.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import type { UnknownPolicy } from '../rows.js';

/** What a source holds. */
export type RowsFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'xlsx' | 'images' | 'texts' | 'counts';

/** How a column of a table is read. */
export type RowsColumnType = 'number' | 'category' | 'date' | 'text' | 'ignore';

/** What a model or encoder has learned to take and to predict: new rows are read as it learned them. */
export interface LearnedRows {
  readonly input: InputSchema;
  readonly output?: OutputColumn;
}

/** Everything that is guessed stands in `notes` of the rows, and an option here overrules it. */
export interface RowsOptions
  extends Pick<FolderOptions, 'split' | 'splitFolders' | 'classLevel' | 'excludeFolders'>,
    Pick<TextFolderOptions, 'empty'>,
    Pick<CountOptions, 'samples' | 'sampleSet' | 'featureTypes' | 'layer' | 'cellTable'> {
  /** The column to predict; null for none. Default: by its name, or a last column of few words. */
  readonly label?: string | null;
  /** Default: classes, or a number where the label holds more than 20 different ones. */
  readonly task?: 'auto' | 'classes' | 'number';
  /** Default: by content and name. */
  readonly format?: 'auto' | RowsFormat;
  /** Columns that are not read. */
  readonly ignore?: readonly string[];
  readonly types?: Readonly<Record<string, RowsColumnType>>;
  readonly delimiter?: string;
  /** Default `"`; null where quotes are letters like any other. */
  readonly quote?: string | null;
  readonly encoding?: TableEncoding;
  readonly decimal?: '.' | ',';
  /** The mark between groups of digits. */
  readonly thousands?: string;
  /** Whether the first row names the columns, or the names where no row does. */
  readonly header?: boolean | readonly string[];
  /** Of a workbook; default the first one with rows. */
  readonly sheet?: string;
  /** Reads workbooks. Default in Node: the package read-excel-file; in a browser `() => import('read-excel-file/universal')`. */
  readonly xlsx?: () => Promise<XlsxReader>;
  /** Words that mean "no value", beside the usual ones. */
  readonly missing?: readonly string[];
  /** All words that mean "no value", in place of the usual ones: `['']` makes `None` and `NA` words like others. */
  readonly missingValues?: readonly string[];
  /** Which of two numbers is the day in `03/04/2021`. Default: as the column shows. */
  readonly dateOrder?: 'day-first' | 'month-first';
  /** A column that says train, validation or test. */
  readonly splitColumn?: string;
  /** Pixels a side of images. Default 64. */
  readonly imageSize?: number;
  /** Decodes images. Default: the package sharp in Node, a canvas in browsers. */
  readonly decoder?: () => Promise<ImageDecoder>;
  /** Tokens a text. Default 128. */
  readonly textLength?: number;
  /** What numbers by gene are, where that was guessed wrongly. */
  readonly values?: CountValues;
  /** Reads `.h5ad` and `.h5`: `() => import('h5wasm')`. */
  readonly hdf5?: CountOptions['hdf5'];
  /** Genes that are kept, those that vary most. Default 2,000. */
  readonly genes?: number;
  /** What a class or word becomes that `like` has not learned. Default `error`. */
  readonly unknown?: UnknownPolicy;
  readonly like?: LearnedRows;
  readonly limits?: Partial<Limits>;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DataEvent) => void;
}

const optionNames: { readonly [Name in keyof Required<RowsOptions>]: true } = {
  label: true,
  task: true,
  format: true,
  ignore: true,
  types: true,
  delimiter: true,
  quote: true,
  encoding: true,
  decimal: true,
  thousands: true,
  header: true,
  sheet: true,
  xlsx: true,
  missing: true,
  missingValues: true,
  dateOrder: true,
  splitColumn: true,
  split: true,
  splitFolders: true,
  classLevel: true,
  excludeFolders: true,
  empty: true,
  samples: true,
  sampleSet: true,
  featureTypes: true,
  layer: true,
  cellTable: true,
  imageSize: true,
  decoder: true,
  textLength: true,
  genes: true,
  values: true,
  hdf5: true,
  unknown: true,
  like: true,
  limits: true,
  signal: true,
  onEvent: true,
};

/** Those of some options that are given. */
export function given<Name extends keyof RowsOptions>(
  options: RowsOptions,
  names: readonly Name[],
): Pick<RowsOptions, Name> {
  const stated = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(stated) as Pick<RowsOptions, Name>; // names are those of options
}

/** @throws TransferError `bad-option` for a name that is not an option, or a word that is none of its choices */
export function checkRowsOptions(options: RowsOptions): void {
  const known = Object.keys(optionNames);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TransferError('bad-option', `readRows: the options are ${known.join(', ')}, got "${unknown}".`);
  }
  checkChoice('task', options.task, ['auto', 'classes', 'number']);
  checkChoice('unknown', options.unknown, ['error', 'missing']);
  checkChoice('decimal', options.decimal, ['.', ',']);
  checkChoice('dateOrder', options.dateOrder, ['day-first', 'month-first']);
  checkChoice('format', options.format, [
    'auto',
    'csv',
    'tsv',
    'jsonl',
    'parquet',
    'xlsx',
    'images',
    'texts',
    'counts',
  ]);
  for (const [column, type] of Object.entries(options.types ?? {}))
    checkChoice(`the type of "${column}"`, type, ['number', 'category', 'date', 'text', 'ignore']);
}

function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value)) return;
  throw new TransferError(
    'bad-option',
    `readRows: ${name} must be one of ${choices.join(', ')}, got ${JSON.stringify(value)}.`,
  );
}
