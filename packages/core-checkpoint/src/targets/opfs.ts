import type { ByteTarget } from './byte-target.js';

/**
 * A file of the origin private file system. The browser writes to a copy and swaps it in when it is
 * closed: aborted or killed before that, the old file stays.
 *
 * @param folder - e.g. `await navigator.storage.getDirectory()`
 * @see https://fs.spec.whatwg.org/#api-filesystemwritablefilestream
 */
export function opfsTarget(folder: FileSystemDirectoryHandle, name: string): ByteTarget {
  return {
    name,
    async write(file) {
      const handle = await folder.getFileHandle(name, { create: true });
      const stream = await handle.createWritable();
      try {
        for (const chunk of file.chunks()) await stream.write(chunk as Uint8Array<ArrayBuffer>);
      } catch (error) {
        await stream.abort();
        throw error;
      }
      await stream.close();
    },
  };
}
