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
