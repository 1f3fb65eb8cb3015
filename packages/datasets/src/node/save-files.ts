import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DataFiles } from '../files.js';
import { safePath } from '../formats/member.js';

/**
 * Writes files into a folder, each whole or not at all.
 *
 * @returns how many were written
 * @throws DatasetError `unsafe-member` for a path that leads out of the folder; nothing of it is written
 */
export async function saveFiles(files: DataFiles, target: string): Promise<number> {
  let count = 0;
  for await (const file of files.list()) {
    const path = join(target, safePath(file.path, file.path, 0));
    await mkdir(dirname(path), { recursive: true });
    const part = `${path}.part`;
    try {
      await pipeline(
        Readable.from(file.stream(), { objectMode: false }),
        createWriteStream(part, { flush: true }),
      );
      await rename(part, path);
    } finally {
      await rm(part, { force: true });
    }
    count++;
  }
  return count;
}
