import type { PlacedFile } from '../method/read-pictures.js';

/** A file that came by drop or choice, and where in its folder it lay. */
export type DroppedFile = PlacedFile & { file: File };

/** Files of a file input; those of a chosen folder know where they lay. */
export function chosenFiles(files: FileList | null): DroppedFile[] {
  return [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Everything that was dropped, folders opened, hidden files left out. */
export async function droppedFiles(transfer: DataTransfer | null): Promise<DroppedFile[]> {
  // entries must be taken before the first await: the list is emptied after the event
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  if (entries.length === 0 || entries.some((entry) => !entry)) return chosenFiles(transfer?.files ?? null);
  const found: DroppedFile[] = [];
  for (const entry of entries) if (entry) await gather(entry, found);
  return found;
}

async function gather(entry: FileSystemEntry, found: DroppedFile[]): Promise<void> {
  if (entry.name.startsWith('.')) return;
  if (isFile(entry)) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader(); // an entry is a file or a folder
  for (;;) {
    // a reader gives a hundred or so at a time, and nothing once all were given
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const inner of some) await gather(inner, found);
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
