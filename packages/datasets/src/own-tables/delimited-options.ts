import type { TableEncoding } from './text-encoding.js';

/** How a delimited text is written. What is left out is guessed. */
export interface DelimitedOptions {
  readonly delimiter?: string;
  /** Default `"`, or `'` where only that fits; null where quotes are letters like any other. */
  readonly quote?: string | null;
  readonly encoding?: TableEncoding;
  /** Whether the first row names the columns, or the names in place of a header. Default: as it looks. */
  readonly header?: boolean | readonly string[];
  readonly decimal?: '.' | ',';
  /** The mark between groups of digits: `,`, `.`, ` `, `'` or `_`. Default: any that is not the decimal mark. */
  readonly thousands?: string;
  /** The columns to read; default all. */
  readonly columns?: (name: string) => boolean;
}
