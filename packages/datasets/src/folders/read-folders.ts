import type { Batch, Columns, Schema } from '../columns.js';
import { Dataset } from '../dataset.js';
import type { DataFile } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { streamSource } from '../stages/stream.js';
import { walk } from '../walk.js';
import type { ClassFolders, FolderOptions } from './find-classes.js';

const blockRows = 32;

/** A data set of one row per file; rows of files of their own can be reached in any order. */
export function folderDataset<C extends Columns>(
  folders: ClassFolders,
  options: FolderOptions,
  kind: {
    readonly schema: Schema<C>;
    make(contents: readonly Uint8Array[], paths: readonly string[]): Batch<C>;
  },
): Dataset<C> {
  const { opened, paths } = folders;
  const rowsOf = async (files: readonly DataFile[]) => {
    const contents: Uint8Array[] = [];
    for (const file of files) contents.push(await collectBytes(file.stream()));
    return kind.make(
      contents,
      files.map(({ path }) => path),
    );
  };
  const source = streamSource<C>({
    schema: kind.schema,
    rowCount: paths.length,
    fingerprint: ['folders', paths.length, paths[0] ?? '', paths.at(-1) ?? ''],
    read: () =>
      opened === undefined ? inArchives(folders, options, kind.make) : asFiles(opened, options, rowsOf),
  });
  const at = (rows: Uint32Array) => rowsOf(Array.from(rows, (row) => (opened ?? [])[row] as DataFile));
  return new Dataset(opened === undefined ? source : { ...source, at }, { origin: folders.origin });
}

async function* asFiles<C extends Columns>(
  opened: readonly DataFile[],
  { signal, onEvent }: FolderOptions,
  rowsOf: (files: readonly DataFile[]) => Promise<Batch<C>>,
) {
  for (let row = 0; row < opened.length; row += blockRows) {
    signal?.throwIfAborted();
    const files = opened.slice(row, row + blockRows);
    yield await rowsOf(files);
    for (const { path, sizeBytes } of files)
      onEvent?.({ type: 'progress', file: path, bytesRead: sizeBytes ?? 0, bytesTotal: sizeBytes });
  }
}

async function* inArchives<C extends Columns>(
  { files, paths }: ClassFolders,
  { limits = {}, onEvent = () => {}, signal }: FolderOptions,
  make: (contents: readonly Uint8Array[], paths: readonly string[]) => Batch<C>,
) {
  const wanted = new Set(paths);
  let contents: Uint8Array[] = [];
  let names: string[] = [];
  for await (const member of walk(files, { limits, onEvent, signal })) {
    if (!wanted.has(member.path)) continue;
    contents.push(await member.bytes());
    names.push(member.path);
    if (contents.length < blockRows) continue;
    yield make(contents, names);
    [contents, names] = [[], []];
  }
  if (contents.length > 0) yield make(contents, names);
}
