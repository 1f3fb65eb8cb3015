import type { DataFiles } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { RowsFormat } from './rows-options.js';

const endings: { readonly [Kind in 'counts' | 'images' | 'texts' | 'table']: RegExp } = {
  counts: /\.(?:mtx(?:\.gz)?|h5ad|h5)$/i,
  images: /\.(?:jpe?g|jfif|png|webp|gif|avif|bmp|tiff?)$/i,
  table: /\.(?:csv|tsv|tab|data|json|jsonl|ndjson|parquet|xlsx)(?:\.gz)?$/i,
  texts: /\.txt$/i,
};
const mostLookedAt = 2000;

/** What files hold, by the ends of their names: what most of them are, a count matrix before all. */
export async function kindOfFiles(
  name: string,
  files: DataFiles,
  format: RowsFormat | 'auto' | undefined,
): Promise<keyof typeof endings> {
  if (format === 'images' || format === 'texts' || format === 'counts') return format;
  if (format !== undefined && format !== 'auto') return 'table';
  const paths: string[] = [];
  for await (const { path } of files.list()) {
    if (!path.split('/').some((part) => part.startsWith('.'))) paths.push(path);
    if (paths.length === mostLookedAt) break;
  }
  if (paths.length === 0)
    throw new TransferError('no-data', `${name}: there must be a file to read, got an empty folder.`, {
      file: name,
    });
  const count = (kind: keyof typeof endings) => paths.filter((path) => endings[kind].test(path)).length;
  if (count('counts') > 0) return 'counts';
  const isClassFolder = paths[0]?.includes('/') && count('texts') === 1;
  // whatever its name: the content decides
  if (paths.length === 1 && count('images') === 0 && !isClassFolder) return 'table';
  const [best] = (['images', 'texts', 'table'] as const)
    .map((kind) => ({ kind, files: count(kind) }))
    .sort((a, b) => b.files - a.files);
  if (best !== undefined && best.files > 0) return best.kind;
  if (paths.some((path) => /\.(?:zip|tar|tar\.gz|tgz)$/i.test(path))) return 'table';
  throw new TransferError(
    'no-data',
    `${name}: there must be images, texts, tables or a count matrix, got ${paths.length} other files, such as ${paths[0]}. Option format says what they are.`,
    { file: name },
  );
}
