import type { DataFile } from '../files.js';
import { readStream } from '../files.js';
import type { DownloadStore, PartialDownload } from './store.js';

/**
 * Keeps downloads in the browser's own file system, which pages of one origin share and a person can clear.
 *
 * @param folderName - within the origin's storage; default `warmstart`
 */
export async function opfsStore(folderName = 'warmstart'): Promise<DownloadStore> {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle(folderName, { create: true });
  return {
    async find(key, path) {
      const handle = await folder.getFileHandle(key).catch(() => undefined);
      return handle === undefined ? undefined : finished(handle, path);
    },
    partial: (key) => openPartial(folder, key),
  };
}

async function openPartial(folder: FileSystemDirectoryHandle, key: string): Promise<PartialDownload> {
  const part = await folder.getFileHandle(`${key}.part`, { create: true });
  const note = await folder.getFileHandle(`${key}.etag`, { create: true });
  let sizeBytes = (await part.getFile()).size;
  let etag = await (await note.getFile()).text();
  let writer: FileSystemWritableFileStream | undefined;
  const close = async () => {
    await writer?.close();
    writer = undefined;
  };
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    get etag() {
      return etag;
    },
    async *stream() {
      await close();
      yield* readStream((await part.getFile()).stream());
    },
    async restart(next) {
      await close();
      await write(part, new Uint8Array(0));
      await write(note, new TextEncoder().encode(next));
      [sizeBytes, etag] = [0, next];
    },
    async append(bytes) {
      if (writer === undefined) {
        writer = await part.createWritable({ keepExistingData: true });
        await writer.seek(sizeBytes);
      }
      await writer.write(new Uint8Array(bytes));
      sizeBytes += bytes.length;
    },
    close,
    async finish(path) {
      await close();
      const target = await folder.getFileHandle(key, { create: true });
      await (await part.getFile()).stream().pipeTo(await target.createWritable()); // appears when closed, whole
      await folder.removeEntry(`${key}.part`);
      await folder.removeEntry(`${key}.etag`);
      return finished(target, path);
    },
  };
}

async function write(handle: FileSystemFileHandle, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const writer = await handle.createWritable();
  await writer.write(bytes);
  await writer.close();
}

async function finished(handle: FileSystemFileHandle, path: string): Promise<DataFile> {
  const blob = await handle.getFile();
  return {
    path,
    sizeBytes: blob.size,
    seekable: true,
    stream: (start = 0) => readStream(blob.slice(start).stream()),
  };
}
