import { DatasetError } from '../errors.js';
import type { ClassLayout, FilePlace } from './class-layout.js';
import type { FolderKind, FolderOptions } from './folder-options.js';
import type { ListedFile } from './list-files.js';

/** A file that becomes a row. */
export interface PlacedRow {
  readonly listed: ListedFile;
  readonly place: FilePlace;
}

/** Rows, and what of the files with the right ending does not become one. */
export interface PlacedRows {
  readonly rows: readonly PlacedRow[];
  /** Of no bytes. */
  readonly empty: readonly ListedFile[];
  /** In folders that the caller excludes. */
  readonly excluded: readonly ListedFile[];
  /** README.txt and the like beside the class folders. */
  readonly documents: readonly ListedFile[];
}

const documentName = /(^|\/)(readme|licen[cs]e|notice|changelog|citation|copying)(\.[^/]*)?$/i;

/**
 * @internal
 * @throws DatasetError `malformed` for an empty file where the kind refuses them
 */
export function placeRows(
  files: readonly ListedFile[],
  layout: ClassLayout,
  kind: FolderKind,
  { excludeFolders = [] }: FolderOptions,
): PlacedRows {
  const left = new Set(excludeFolders.map((name) => name.normalize('NFC')));
  const found = files.flatMap((listed) => {
    const place = layout.place(listed.path);
    return place === undefined ? [] : [{ listed, place }];
  });
  const hasClasses = found.some(({ place }) => place.className !== undefined);
  const rows: PlacedRow[] = [];
  const empty: ListedFile[] = [];
  const excluded: ListedFile[] = [];
  const documents: ListedFile[] = [];
  for (const { listed, place } of found) {
    if (place.className !== undefined && left.has(place.className)) excluded.push(listed);
    else if (hasClasses && place.className === undefined && documentName.test(listed.path))
      documents.push(listed);
    else if (listed.sizeBytes === 0 && kind.empty === 'skip') empty.push(listed);
    else rows.push({ listed, place });
    if (listed.sizeBytes === 0 && kind.empty === 'error') throw emptyFile(kind.caller, listed.path);
  }
  return { rows, empty, excluded, documents };
}

function emptyFile(caller: string, file: string): DatasetError {
  return new DatasetError('malformed', `${caller}: every file must hold something, got 0 bytes.`, { file });
}

/** @internal Folders that data sets keep rows without a class in, as IMDb's `train/unsup`. */
export function isUnlabelled(className: string, { classNames }: FolderOptions): boolean {
  if (classNames?.includes(className)) return false;
  return ['unsup', 'unlabeled', 'unlabelled', 'unlabeled_data'].includes(className.toLowerCase());
}
