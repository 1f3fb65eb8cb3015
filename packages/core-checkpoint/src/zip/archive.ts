import { type Refuse, refusalsOf } from '../errors.js';
import type { Limits } from '../limits.js';
import { type ByteRecord, type ReadOptions, readRecords } from '../sources/byte-record.js';
import type { ByteSource } from '../sources/byte-source.js';
import type { ZipEntry } from './directory.js';
import { zipRecord } from './record.js';

/** A zip archive whose directory has been read. */
export interface ZipArchive {
  readonly source: ByteSource;
  /** in directory order */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly refuse: Refuse;
  readonly limits: Limits;
}

/** @returns the archive of these entries */
export function zipArchive(source: ByteSource, entries: readonly ZipEntry[], limits: Limits): ZipArchive {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return { source, entries: byName, refuse: refusalsOf(source.name), limits };
}

/** A file of the archive, to be read when needed. */
export function entryRecord(archive: ZipArchive, name: string): ByteRecord | undefined {
  const entry = archive.entries.get(name);
  return entry && zipRecord(archive.source, entry);
}

/** Reads small files of the archive together: a pickle, a version, a text. Those that it has, by name. */
export async function readEntries(
  archive: ZipArchive,
  names: readonly string[],
  options: ReadOptions,
): Promise<Map<string, Uint8Array>> {
  const nameOf = new Map<ByteRecord, string>();
  for (const name of names) {
    const record = entryRecord(archive, name);
    if (!record) continue;
    if (record.size > archive.limits.headerBytes) {
      throw archive.refuse('limit', `${name} takes ${record.size} bytes`, {
        hint: 'Raise limits.headerBytes if you trust it.',
      });
    }
    nameOf.set(record, name);
  }
  const read = new Map<string, Uint8Array>();
  for await (const [record, bytes] of readRecords(nameOf.keys(), options)) {
    read.set(nameOf.get(record) as string, bytes); // only these records were asked for
  }
  return read;
}
