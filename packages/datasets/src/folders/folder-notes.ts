import type { DataNote } from '../notes.js';
import type { ClassLayout } from './class-layout.js';
import { inClassOrder, namesText } from './class-names.js';
import type { FolderKind, FolderOptions } from './folder-options.js';
import type { FileList, ListedFile } from './list-files.js';
import { isUnlabelled, type PlacedRows } from './place-rows.js';

/** What was found out about folders before a file is read. */
export interface FolderFindings {
  readonly list: FileList;
  /** Files with other endings. */
  readonly others: readonly ListedFile[];
  readonly layout: ClassLayout;
  readonly placed: PlacedRows;
  readonly classNames: readonly string[];
  /** Folders that are none of the classes given. */
  readonly unknown: readonly string[];
}

/** @internal Everything that whoever gave the folder should know about how it was read. */
export function folderNotes(findings: FolderFindings, kind: FolderKind, options: FolderOptions): DataNote[] {
  return [
    ...splitNotes(findings),
    ...classNotes(findings, options),
    ...nameNotes(findings, options),
    ...leftOutNotes(findings, kind),
  ];
}

function splitNotes({ layout, placed }: FolderFindings): DataNote[] {
  if (layout.splits.size === 0) return [];
  const counts = [...layout.splits].map(([folder, split]) => {
    const count = placed.rows.filter(({ place }) => place.split === split).length;
    return folder === split ? `${folder} (${count})` : `${folder} as ${split} (${count})`;
  });
  const message = `The folders are splits and are used as such: ${counts.join(', ')}.`;
  return [{ kind: 'guessed', code: 'split-folders', message, option: 'splitFolders' }];
}

function classNotes({ classNames, placed, unknown }: FolderFindings, options: FolderOptions): DataNote[] {
  const notes: DataNote[] = [];
  const { classLevel = 'first' } = options;
  if (options.classNames === undefined && classNames.length > 0) {
    const message = `${classNames.length} ${classNames.length === 1 ? 'class' : 'classes'} by folder: ${namesText(classNames)}.`;
    notes.push({ kind: 'found', code: 'classes', message });
  }
  const deeper = placed.rows.filter(({ place }) => place.depth > 1).length;
  if (deeper > 0) {
    const message = `${deeper} files lie in folders within folders; the ${classLevel === 'first' ? 'outer' : 'inner'} one is their class.`;
    notes.push({ kind: 'guessed', code: 'nested-folders', message, option: 'classLevel' });
  }
  const without = placed.rows.filter(({ place }) => place.className === undefined).length;
  if (without > 0) {
    const message = `${filesText(without)} in no class folder and ${without === 1 ? 'has' : 'have'} no label.`;
    notes.push({ kind: 'found', code: 'no-class-folder', message });
  }
  const set = placed.rows.flatMap(({ place: { className } }) => className ?? []);
  const aside = inClassOrder(set).filter((name) => isUnlabelled(name, options));
  if (aside.length > 0) {
    const message = `Files in ${namesText(aside)} have no label.`;
    notes.push({ kind: 'guessed', code: 'unlabelled-folder', message, option: 'classNames' });
  }
  if (unknown.length > 0) {
    const count = set.filter((name) => unknown.includes(name)).length;
    const message = `${filesText(count)} in folders that are none of the classes and ${count === 1 ? 'has' : 'have'} no label: ${namesText(unknown)}.`;
    notes.push({ kind: 'found', code: 'unknown-class', message, option: 'unknownClass' });
  }
  return notes;
}

/** Names that are the same, or nearly. */
function nameNotes({ placed, classNames }: FolderFindings, options: FolderOptions): DataNote[] {
  const notes: DataNote[] = [];
  const spelt = new Map<string, Set<string>>();
  for (const { listed, place } of placed.rows) {
    if (place.className === undefined) continue;
    const raw = listed.path.split('/').filter((part) => part.normalize('NFC') === place.className);
    const seen = spelt.get(place.className) ?? new Set();
    for (const name of raw) seen.add(name);
    spelt.set(place.className, seen);
  }
  const merged = [...spelt].filter(([, names]) => names.size > 1).map(([name]) => name);
  if (merged.length > 0) {
    const message = `Folders whose names differ only in how Unicode composes them are one class: ${namesText(merged)}.`;
    notes.push({ kind: 'changed', code: 'same-name', message });
  }
  const lower = classNames.map((name) => name.toLowerCase());
  const similar = classNames.filter(
    (_, i) => lower.indexOf(lower[i] as string) !== lower.lastIndexOf(lower[i] as string),
  );
  if (similar.length > 0 && options.classNames === undefined) {
    const message = `Classes differ only in upper and lower case: ${namesText(similar)}.`;
    notes.push({ kind: 'found', code: 'similar-names', message });
  }
  return notes;
}

function leftOutNotes({ list, others, placed }: FolderFindings, kind: FolderKind): DataNote[] {
  const note = (files: readonly ListedFile[], code: string, text: string, option?: string): DataNote[] =>
    files.length === 0
      ? []
      : [
          {
            kind: 'left-out',
            code,
            message: `${filesText(files.length, 'was', 'were')} ${text}`,
            ...(option ? { option } : {}),
          },
        ];
  return [
    ...note(others, 'other-files', `left out, ${kind.noun} end in other ways: ${endingsText(others)}.`),
    ...note(
      placed.empty,
      'empty-files',
      `left out, of 0 bytes: ${namesText(placed.empty.map(({ path }) => path))}.`,
      'empty',
    ),
    ...note(placed.excluded, 'excluded-folders', 'left out, in excluded folders.', 'excludeFolders'),
    ...note(
      placed.documents,
      'documents',
      `left out, beside the class folders: ${namesText(placed.documents.map(({ path }) => path))}.`,
    ),
    ...(list.hiddenCount === 0
      ? []
      : [
          {
            kind: 'left-out',
            code: 'hidden-files',
            message: `${filesText(list.hiddenCount, 'was', 'were')} left out, hidden or left by a system.`,
          } as const,
        ]),
  ];
}

/** `20 .heic, 4 .md` */
function endingsText(files: readonly ListedFile[]): string {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    const ending = /\.[^./]{1,12}$/.exec(path)?.[0].toLowerCase() ?? 'without an ending';
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return namesText(sorted.map(([ending, count]) => `${count} ${ending}`));
}

function filesText(count: number, one = 'lies', many = 'lie'): string {
  return count === 1 ? `1 file ${one}` : `${count} files ${many}`;
}
