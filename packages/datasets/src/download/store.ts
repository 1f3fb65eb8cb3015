import type { DataFile } from '../files.js';
import { memoryFile } from '../files.js';
import { joinBytes } from '../formats/byte-reader.js';

/** Where downloads are kept, by digest: `diskStore` on Node, `opfsStore` in browsers, `memoryStore` anywhere. */
export interface DownloadStore {
  /** A file that was downloaded and checked. */
  find(key: string, path: string): Promise<DataFile | undefined>;
  /** What an interrupted download of it left; empty if nothing. */
  partial(key: string): Promise<PartialDownload>;
}

/** A download that is not finished. */
export interface PartialDownload {
  readonly sizeBytes: number;
  /** The server's name for the version that was begun; empty if it gave none. */
  readonly etag: string;
  stream(): AsyncIterable<Uint8Array>;
  /** Throws away what is there. */
  restart(etag: string): Promise<void>;
  append(bytes: Uint8Array): Promise<void>;
  /** Makes sure that what was appended survives. */
  close(): Promise<void>;
  /** Makes it a finished file, in one step. */
  finish(path: string): Promise<DataFile>;
}

/** Keeps downloads in memory, for as long as the store lives. */
export function memoryStore(): DownloadStore {
  const finished = new Map<string, Uint8Array>();
  const begun = new Map<string, { etag: string; parts: Uint8Array[]; sizeBytes: number }>();
  return {
    async find(key, path) {
      const bytes = finished.get(key);
      return bytes === undefined ? undefined : memoryFile(path, bytes);
    },
    async partial(key) {
      const state = begun.get(key) ?? { etag: '', parts: [], sizeBytes: 0 };
      begun.set(key, state);
      return {
        get sizeBytes() {
          return state.sizeBytes;
        },
        get etag() {
          return state.etag;
        },
        async *stream() {
          yield* state.parts;
        },
        async restart(etag) {
          Object.assign(state, { etag, parts: [], sizeBytes: 0 });
        },
        async append(bytes) {
          state.parts.push(bytes.slice());
          state.sizeBytes += bytes.length;
        },
        close: async () => {},
        async finish(path) {
          const bytes = joinBytes(state.parts, state.sizeBytes);
          finished.set(key, bytes);
          begun.delete(key);
          return memoryFile(path, bytes);
        },
      };
    },
  };
}
