import type { Pictures } from './pictures.js';

export type SampleName = 'dna-splice' | 'spambase' | 'tissue-gene-expression' | 'shapes';

/** A table in a file: CSV or TSV with names in its first line, or a sparse Matrix Market file. */
export interface FileSource {
  kind: 'csv';
  /** the file itself; copied by reference between threads */
  file: Blob;
  name: string;
  /** column of the classes, if there is one */
  label: string | undefined;
  /** true where columns are the samples, as in most count matrices */
  isTurned?: boolean;
}

/** Where rows come from. Plain data: it goes to workers and into storage. */
export type Source =
  | { kind: 'sample'; name: SampleName }
  | FileSource
  | { kind: 'pictures'; name: string; pictures: Pictures };

/** What names a source, so that a table is prepared once. */
export function sourceKey(source: Source): string {
  if (source.kind === 'sample') return source.name;
  if (source.kind === 'pictures') return `pictures ${source.pictures.fingerprint}`;
  const { name, file, label, isTurned } = source;
  return JSON.stringify([name, file.size, label ?? null, isTurned ?? false]);
}

const titles: Record<SampleName, string> = {
  'dna-splice': 'DNA splice sites',
  spambase: 'Spambase',
  'tissue-gene-expression': 'Gene expression',
  shapes: 'Drawn shapes',
};

export function sourceTitle(source: Source): string {
  return source.kind === 'sample' ? titles[source.name] : source.name;
}

/** What one row of a source is called. */
export function rowNoun(source: Source): { one: string; many: string } {
  const isPicture = source.kind === 'pictures' || (source.kind === 'sample' && source.name === 'shapes');
  return isPicture ? { one: 'picture', many: 'pictures' } : { one: 'row', many: 'rows' };
}

/** Does `@warmstart/datasets` bring the rows along? */
export function isBundled(source: Source): boolean {
  return source.kind === 'sample' && source.name !== 'shapes';
}
