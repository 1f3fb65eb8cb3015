import type { Batch, ColumnInfo, Columns, Schema } from '../columns.js';
import { assembleBatch } from '../columns.js';
import { Dataset } from '../dataset.js';
import type { DataFile } from '../files.js';
import { collectBytes } from '../formats/byte-reader.js';
import { asFiles } from '../own-files.js';
import { streamSource } from '../stages/stream.js';
import { walk } from '../walk.js';
import type { ClassFolders } from './find-classes.js';
import type { FolderOptions } from './folder-options.js';
import { visibleFiles } from './list-files.js';

const blockRows = 32;

/** The column that the files' contents become. */
interface ContentColumn {
  readonly name: string;
  readonly info: ColumnInfo;
  decode(contents: readonly Uint8Array[], paths: readonly string[]): Promise<string[]> | Uint8Array[];
}

/** A data set of one row per file; rows of files of their own can be reached in any order. */
export function folderDataset<C extends Columns>(
  folders: ClassFolders,
  options: FolderOptions,
  column: ContentColumn,
): Dataset<C> {
  const { rows, packed, origin, notes } = folders;
  // the columns are those of the schema, and the caller's C says the same
  const schema = { [column.name]: column.info, ...folders.schema } as Schema<C>;
  const make = async (contents: readonly Uint8Array[], paths: readonly string[]) => {
    const columns = { [column.name]: await column.decode(contents, paths), ...folders.columnsOf(paths) } as C;
    return assembleBatch(schema, columns, paths.length);
  };
  const opened = rows.flatMap(({ file }) => file ?? []);
  const rowsOf = async (files: readonly DataFile[]) => {
    const contents: Uint8Array[] = [];
    for (const file of files) contents.push(await collectBytes(file.stream()));
    return make(
      contents,
      files.map(({ path }) => path),
    );
  };
  const source = streamSource<C>({
    schema,
    rowCount: rows.length,
    fingerprint: ['folders', rows.length, rows[0]?.path ?? '', rows.at(-1)?.path ?? ''],
    read: () => (packed ? inArchives(folders, options, make) : filesInTurn(opened, options, rowsOf)),
  });
  const at = (places: Uint32Array) => rowsOf(Array.from(places, (row) => opened[row] as DataFile));
  return new Dataset(packed ? source : { ...source, at }, { origin, notes });
}

async function* filesInTurn<C extends Columns>(
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
  { given, rows }: ClassFolders,
  { limits = {}, onEvent = () => {}, signal }: FolderOptions,
  make: (contents: readonly Uint8Array[], paths: readonly string[]) => Promise<Batch<C>>,
) {
  const wanted = new Set(rows.map(({ path }) => path));
  let contents: Uint8Array[] = [];
  let names: string[] = [];
  for await (const member of walk(visibleFiles(asFiles(given, 'walk')), { limits, onEvent, signal })) {
    if (!wanted.has(member.path)) continue;
    contents.push(await member.bytes());
    names.push(member.path);
    if (contents.length < blockRows) continue;
    yield await make(contents, names);
    [contents, names] = [[], []];
  }
  if (contents.length > 0) yield await make(contents, names);
}
