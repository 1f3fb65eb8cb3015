import { DatasetError } from '../errors.js';

/** A file within an archive or folder, to be read before the next one is asked for. */
export interface Member {
  /** With `/` between folders; never absolute, never above its archive. */
  readonly path: string;
  readonly sizeBytes: number | undefined;
  stream(): AsyncIterable<Uint8Array>;
  /** All its bytes. */
  bytes(): Promise<Uint8Array>;
}

/**
 * @internal A member's path, checked: it may name nothing outside its archive, on any system.
 *
 * @throws DatasetError `unsafe-member`
 */
export function safePath(path: string, file: string | undefined, byte: number): string {
  if (isPlain(path)) return path;
  const parts = path.split(/[/\\]/);
  const reason =
    path.includes('\0') || path === ''
      ? 'be named'
      : /^[/\\]|^[a-z]:/i.test(path)
        ? 'have a relative path'
        : parts.includes('..')
          ? 'stay inside its archive'
          : undefined;
  if (reason === undefined) return parts.filter((part) => part !== '.' && part !== '').join('/');
  throw new DatasetError(
    'unsafe-member',
    `readArchive: every member must ${reason}, got ${JSON.stringify(path)}.`,
    {
      file,
      byte,
    },
  );
}

/** Whether nothing about a path needs a closer look; nearly all are so, and an archive may hold a million. */
function isPlain(path: string): boolean {
  if (path === '' || path.charCodeAt(0) === 47 || path.charCodeAt(1) === 58) return false;
  for (let i = 0, last = 47; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 92 || code === 0 || (last === 47 && (code === 46 || code === 47))) return false;
    last = code;
  }
  return !path.endsWith('/');
}
