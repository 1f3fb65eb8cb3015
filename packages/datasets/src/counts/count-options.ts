import type { Origin } from '../card.js';
import type { DataEvent } from '../events.js';
import type { H5wasmModule } from '../formats/hdf5/h5wasm.js';
import type { Limits } from '../limits.js';

export type CountFormat = 'matrix-market' | 'h5ad' | '10x-h5' | 'csv' | 'tsv';

/** What the numbers are: counts (or estimates of them), logarithms of counts, or scaled so that some are negative. */
export type CountValues = 'counts' | 'logged' | 'scaled';

export interface CountOptions {
  /** Default `auto`: by the ends of file names. `csv` and `tsv` are tables of counts, a gene or a sample each column. */
  readonly format?: 'auto' | CountFormat;
  /**
   * Where the samples (cells) are: the `columns` of the matrix, its `rows`, or `auto` (default): as the numbers of
   * names say, else columns of a matrix, as 10x Genomics writes them, and rows of a table.
   */
  readonly samples?: 'auto' | 'columns' | 'rows';
  /** Which of several matrices in one folder, e.g. `GSM1`. */
  readonly sampleSet?: string;
  /**
   * The kinds of features to keep, where the file has several (10x Genomics' third column). Default: `Gene Expression`
   * alone, so that antibodies are not counted among the genes.
   */
  readonly featureTypes?: 'all' | readonly string[];
  /** What the numbers are. Default `auto`: found out from them; negative ones are refused. */
  readonly values?: 'auto' | CountValues;
  /** Of an `.h5ad` file: a name in `layers`, or `raw`. Default: `X`. */
  readonly layer?: string;
  /**
   * The column with each sample's class, in the table that describes the samples; it becomes `label`. Default: the
   * first that looks like classes; null for none.
   */
  readonly label?: string | null;
  /** A column of numbers to predict; it becomes `target`. */
  readonly target?: string;
  /** Class of a sample by its name, in place of a table. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The classes in their order, e.g. those that a model knows. Default: those found, numbers by size. */
  readonly classNames?: readonly string[];
  /** A class that is not among `classNames`: an error (default), or a sample without a label. */
  readonly unknownClass?: 'error' | 'unlabelled';
  /** Words that mean "no class". Default: empty and `NA`, `NaN`, `nan`, `N/A`, `null`. */
  readonly missingValues?: readonly string[];
  /** The file that describes the samples. Default: of all tables beside the matrix, the one that knows most of them. */
  readonly cellTable?: string;
  /** For `.h5ad` and `.h5`: `() => import('h5wasm')`, called only where such a file is read. */
  readonly hdf5?: () => Promise<H5wasmModule>;
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/** @internal Options whose words a reader does not check by reading. */
export function checkCountOptions(options: CountOptions): void {
  const choices = {
    format: ['auto', 'matrix-market', 'h5ad', '10x-h5', 'csv', 'tsv'],
    samples: ['auto', 'columns', 'rows'],
    values: ['auto', 'counts', 'logged', 'scaled'],
    unknownClass: ['error', 'unlabelled'],
  } as const;
  for (const [name, allowed] of Object.entries(choices)) {
    const given = options[name as keyof typeof choices];
    if (given === undefined || (allowed as readonly string[]).includes(given)) continue;
    throw new RangeError(
      `fromCounts: ${name} must be one of ${allowed.join(', ')}, got ${JSON.stringify(given)}.`,
    );
  }
  if (options.label !== undefined && options.label !== null && options.label === options.target)
    throw new RangeError(
      `fromCounts: label and target must be different columns, got ${JSON.stringify(options.label)} for both.`,
    );
}
