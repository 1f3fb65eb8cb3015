/** Where rows come from. Plain data: it goes to workers and into storage. */
export type Source =
  | { kind: 'sample'; name: 'spambase' | 'dna-splice' }
  | {
      kind: 'csv';
      /** the file itself; copied by reference between threads */
      file: Blob;
      name: string;
      /** column of the classes, if there is one */
      label: string | undefined;
    };

/** What names a source, so that a table is prepared once. */
export function sourceKey(source: Source): string {
  if (source.kind === 'sample') return source.name;
  return JSON.stringify([source.name, source.file.size, source.label ?? null]);
}

export function sourceTitle(source: Source): string {
  if (source.kind === 'csv') return source.name;
  return source.name === 'spambase' ? 'Spambase' : 'DNA splice sites';
}
