import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { DownloadStore, PartialDownload } from '../download/store.js';
import type { DataFile } from '../files.js';
import { folder } from './folder.js';

/**
 * Keeps downloads in a folder, each under its digest, written whole or not at all.
 *
 * @param path - default `WARMSTART_CACHE`, else `warmstart` in `XDG_CACHE_HOME` or `~/.cache`
 */
export function diskStore(path: string = defaultFolder()): DownloadStore {
  return {
    async find(key, name) {
      const about = await stat(join(path, fileName(key))).catch(() => undefined);
      return about?.isFile() ? finished(join(path, fileName(key)), name) : undefined;
    },
    async partial(key) {
      await mkdir(path, { recursive: true });
      return openPartial(join(path, fileName(key)));
    },
  };
}

function defaultFolder(): string {
  const { WARMSTART_CACHE, XDG_CACHE_HOME } = process.env;
  return WARMSTART_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'warmstart');
}

function fileName(key: string): string {
  if (/^[a-z0-9-]+$/.test(key)) return key;
  throw new RangeError(`diskStore: a key must be letters, digits and dashes, got ${JSON.stringify(key)}.`);
}

async function openPartial(target: string): Promise<PartialDownload> {
  const part = `${target}.part`;
  const note = `${target}.etag`;
  const file: FileHandle = await open(part, 'a');
  let sizeBytes = (await file.stat()).size;
  let etag = await readFile(note, 'utf8').catch(() => '');
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await file.sync();
    await file.close();
  };
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    get etag() {
      return etag;
    },
    stream: () => createReadStream(part) as AsyncIterable<Uint8Array>,
    async restart(next) {
      if (isOpen) await file.truncate(0);
      else await writeFile(part, '');
      await writeFile(note, next);
      [sizeBytes, etag] = [0, next];
    },
    async append(bytes) {
      await file.appendFile(bytes);
      sizeBytes += bytes.length;
    },
    close,
    async finish(path) {
      await close();
      await rename(part, target);
      await rm(note, { force: true });
      return finished(target, path);
    },
  };
}

async function finished(location: string, path: string): Promise<DataFile> {
  for await (const file of folder(location).list()) return { ...file, path };
  throw new Error(`diskStore: ${location} is gone.`);
}
