import type { Origin } from '../card.js';
import type { DataEvent } from '../events.js';
import type { Limits } from '../limits.js';

export interface FolderOptions {
  /**
   * Only the files of one split: `train`, `validation` or `test`, whatever the folder calls it (`val`, `dev`,
   * `testing` …), or the name of any other folder. Default: all files.
   */
  readonly split?: string;
  /**
   * Whether folders named `train`, `val`, `test` and the like are splits (`auto`, the default), which gives the rows
   * a column `split`, or folders like any other (`ignore`).
   */
  readonly splitFolders?: 'auto' | 'ignore';
  /** Which folder is the class of `cat/indoor/1.jpg`: the `first`, `cat` (default), or the `last`, `indoor`. */
  readonly classLevel?: 'first' | 'last';
  /**
   * The classes in their order, e.g. those that a model knows. Default: the names of the folders that hold files,
   * numbers by size, then the rest by code unit.
   */
  readonly classNames?: readonly string[];
  /** Files in a folder that is not among `classNames`: an error (default), or rows without a label. */
  readonly unknownClass?: 'error' | 'unlabelled';
  /** Class folders that are not read. */
  readonly excludeFolders?: readonly string[];
  /** Default `official`: the rows are what they are; `synthetic` for files that say so. */
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/** @internal What distinguishes one kind of files from another. */
export interface FolderKind {
  readonly caller: string;
  /** In the plural, for messages: `images`. */
  readonly noun: string;
  /** Ends of file names, in lower case. */
  readonly endings: readonly string[];
  /** Whether a file of no bytes is a row. */
  readonly empty: 'keep' | 'skip' | 'error';
}

/** @internal The options that a reader does not check by reading. */
export function checkFolderOptions(options: FolderOptions, caller: string): void {
  const choices = {
    splitFolders: ['auto', 'ignore'],
    classLevel: ['first', 'last'],
    unknownClass: ['error', 'unlabelled'],
  } as const;
  for (const [name, allowed] of Object.entries(choices)) {
    const given = options[name as keyof typeof choices];
    if (given === undefined || (allowed as readonly string[]).includes(given)) continue;
    throw new RangeError(`${caller}: ${name} must be ${allowed.join(' or ')}, got ${JSON.stringify(given)}.`);
  }
}
