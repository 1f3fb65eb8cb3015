import type { Origin } from '../card.js';
import type { ColumnInfo } from '../columns.js';
import { DatasetError } from '../errors.js';
import type { DataNote } from '../notes.js';
import type { OwnFiles } from '../own-files.js';
import { findLayout, splitNames } from './class-layout.js';
import { classIndex, inClassOrder, namesText } from './class-names.js';
import { folderNotes } from './folder-notes.js';
import { checkFolderOptions, type FolderKind, type FolderOptions } from './folder-options.js';
import { type FileList, type ListedFile, listFiles } from './list-files.js';
import { isUnlabelled, type PlacedRow, placeRows } from './place-rows.js';

/** Files of which each lies in the folder of its class. */
export interface ClassFolders {
  readonly given: OwnFiles;
  readonly origin: Origin;
  readonly rows: readonly ListedFile[];
  /** Whether rows can only be read in turn. */
  readonly packed: boolean;
  readonly notes: readonly DataNote[];
  /** Columns `label`, `path` and, where folders are splits, `split`. */
  readonly schema: Readonly<Record<string, ColumnInfo>>;
  columnsOf(paths: readonly string[]): Record<string, Int32Array | string[]>;
}

/**
 * Looks through a folder (or an archive of one) for files by the ends of their names.
 *
 * @throws DatasetError `missing` if there is none, `malformed` for a folder that is not a class and for a class
 *   folder none of whose files can be read
 */
export async function findClasses(
  given: OwnFiles,
  kind: FolderKind,
  options: FolderOptions,
): Promise<ClassFolders> {
  checkFolderOptions(options, kind.caller);
  const list = await listFiles(given, options, kind.caller);
  const wanted = list.files.filter(({ path }) => hasEnding(path, kind));
  const others = list.files.filter(({ path }) => !hasEnding(path, kind));
  const paths = wanted.map(({ path }) => path);
  const layout = findLayout(paths, options);
  const placed = placeRows(wanted, layout, kind, options);
  if (placed.rows.length === 0) throw nothingFound(list, kind, options);
  const otherClasses = others.flatMap(({ path }) => layout.place(path)?.className ?? []);
  refuseVanished({ rows: placed.rows, others, otherClasses }, kind, options);
  const found = placed.rows.flatMap(({ place: { className } }) => className ?? []);
  const classNames = options.classNames ?? inClassOrder(found.filter((name) => !isUnlabelled(name, options)));
  const indexOf = classIndex(classNames);
  const unknown = inClassOrder(found).filter((name) => indexOf(name) < 0 && !isUnlabelled(name, options));
  if (unknown.length > 0 && options.unknownClass !== 'unlabelled') throw unknownClass(unknown, kind, options);
  const schema: Record<string, ColumnInfo> = {
    label: { dtype: 'int32', shape: [], classNames },
    path: { dtype: 'string', shape: [] },
    ...(layout.splits.size > 0 ? { split: { dtype: 'int32', shape: [], classNames: splitNames } } : {}),
  };
  return {
    given,
    origin: list.origin,
    rows: placed.rows.map(({ listed }) => listed),
    packed: list.packed,
    notes: folderNotes({ list, others, layout, placed, classNames, unknown }, kind, options),
    schema,
    columnsOf(paths) {
      const places = paths.map((path) => layout.place(path));
      const label = Int32Array.from(places, (place) => indexOf(place?.className));
      const split = Int32Array.from(places, (place) => (place?.split ? splitNames.indexOf(place.split) : -1));
      return { label, path: [...paths], ...('split' in schema ? { split } : {}) };
    },
  };
}

function hasEnding(path: string, { endings }: FolderKind): boolean {
  const name = path.toLowerCase();
  return endings.some((ending) => name.endsWith(ending));
}

function nothingFound({ files }: FileList, { caller, endings }: FolderKind, { split }: FolderOptions) {
  const where = split === undefined ? '' : ` in a folder ${JSON.stringify(split)}`;
  const got = files.length === 0 ? 'none' : `${files.length} others (${files[0]?.path} …)`;
  const message = `${caller}: files named ${endings.join(', ')}${where} are needed, got ${got}.`;
  return new DatasetError('missing', message);
}

/** A class whose files all have other endings would be missing from the model, and nobody would know why. */
function refuseVanished(
  found: {
    readonly rows: readonly PlacedRow[];
    readonly others: readonly ListedFile[];
    readonly otherClasses: readonly string[];
  },
  { caller, endings, noun }: FolderKind,
  { excludeFolders = [] }: FolderOptions,
): void {
  const read = new Set(found.rows.flatMap(({ place: { className } }) => className ?? []));
  if (read.size === 0) return;
  const excluded = excludeFolders.map((name) => name.normalize('NFC'));
  const vanished = inClassOrder(found.otherClasses).filter(
    (name) => !read.has(name) && !excluded.includes(name),
  );
  const [name] = vanished;
  if (name === undefined) return;
  const file = found.others.find(({ path }) => path.normalize('NFC').includes(`${name}/`))?.path;
  const message =
    `${caller}: every class folder must hold ${noun} (${endings.join(', ')}), got none in ${namesText(vanished)}. ` +
    `Convert the files there, or pass excludeFolders: ${JSON.stringify(vanished.slice(0, 5))}.`;
  throw new DatasetError('malformed', message, { file });
}

function unknownClass(
  unknown: readonly string[],
  { caller }: FolderKind,
  { classNames = [] }: FolderOptions,
) {
  const message =
    `${caller}: every folder must be a class (${namesText(classNames)}), got ${namesText(unknown)}. ` +
    "Pass unknownClass: 'unlabelled' to read its files without a label, or name the folder in excludeFolders.";
  return new DatasetError('malformed', message);
}
