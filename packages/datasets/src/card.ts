/** Where rows come from: the official files, a part of them, or made up in their format. */
export type Origin = 'official' | 'excerpt' | 'synthetic';

/** An official file and what it must be. */
export interface OfficialFile {
  readonly name: string;
  readonly url?: string;
  readonly sizeBytes?: number;
  readonly sha256?: string;
  readonly md5?: string;
  /** Which edition of the set this file is. */
  readonly variant?: string;
}

/** What a data set is, whose it is, and what was checked. */
export interface Card {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly licence: string;
  /** False where the terms forbid fetching it for someone: bring your own copy. */
  readonly downloadable: boolean;
  /** Rows in each split; null where the set has no fixed number. */
  readonly splits: { readonly [split: string]: number | null };
  readonly classes: readonly string[];
  /** Name of each column (or group of columns) and what it holds. */
  readonly features: { readonly [column: string]: string };
  readonly source: string;
  readonly citation: string;
  readonly files: readonly OfficialFile[];
  /** What was checked against the real files, and what was only taken from documents. */
  readonly verified: string;
  /** What `load` gives with nothing but this package. */
  readonly offline: Origin;
}
