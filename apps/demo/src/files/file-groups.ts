import type { PlacedFile } from '../method/read-pictures.js';

/** One checkpoint: a file, and those it is in pieces with. */
export interface FileGroup {
  blob: Blob;
  name: string;
  /** by path relative to the file */
  siblings?: Record<string, Blob>;
}

/** Which of many dropped files make up a checkpoint together: an index and its shards, a TensorFlow.js model. */
export function groupFiles(files: readonly PlacedFile[]): FileGroup[] {
  const indexes = files.filter(({ path }) => /(^|\/)model\.json$|\.safetensors\.index\.json$/.test(path));
  const taken = new Set<PlacedFile>(indexes);
  const groups = indexes.map(({ file, path }): FileGroup => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const beside = files.filter((other) => !indexes.includes(other) && other.path.startsWith(folder));
    for (const other of beside) taken.add(other);
    const siblings = Object.fromEntries(beside.map((other) => [other.path.slice(folder.length), other.file]));
    return { blob: file, name: nameOf(path), siblings };
  });
  const alone = files.filter((file) => !taken.has(file));
  return [...groups, ...alone.map(({ file, path }) => ({ blob: file, name: nameOf(path) }))];
}

/** An index alone says little: its folder is named too. */
function nameOf(path: string): string {
  return path.split('/').slice(-2).join('/');
}
