import type { CountFormat, CountValues } from './count-options.js';

/** How counts were read. */
export interface CountsInfo {
  readonly format: CountFormat;
  readonly sampleCount: number;
  readonly geneCount: number;
  /** What the numbers are: only `counts` are still to be scaled and logged. */
  readonly values: CountValues;
  /** Where the genes' names come from; genes called by `numbers` cannot be found by name in other data. */
  readonly geneNames: 'file' | 'numbers';
  /** Which column the classes, or the numbers to predict, come from. */
  readonly label?: string;
  readonly target?: string;
}
