import { Budget } from '../budget.js';
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
  /** false: whoever wrote it computed no checksums */
  readonly checksummed: boolean;
  readonly refuse: Refuse;
  readonly limits: Limits;
}

/**
 * The archive of these entries.
 *
 * @throws CheckpointError `limit` if all of them would inflate to more than an archive of its size should
 */
export function zipArchive(source: ByteSource, entries: readonly ZipEntry[], limits: Limits): ZipArchive {
  const refuse = refusalsOf(source.name);
  const budget = new Budget(limits, source.size, refuse);
  for (const { method, size } of entries) if (method !== 0) budget.bytes(size);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  // torch.serialization.set_crc32_options(False) writes 0 for each; one 0 among others is a wrong one
  const checksummed = entries.some(({ size, crc }) => size > 0 && crc !== 0);
  return { source, entries: byName, checksummed, refuse, limits };
}

/** A file of the archive, to be read when needed. */
export function entryRecord(archive: ZipArchive, name: string): ByteRecord | undefined {
  const entry = archive.entries.get(name);
  return entry && archiveRecord(archive, entry);
}

/** An entry as a record, checked by its checksum where the archive has any. */
export function archiveRecord({ source, checksummed }: ZipArchive, entry: ZipEntry): ByteRecord {
  const record = zipRecord(source, entry);
  return checksummed ? record : { ...record, check: () => record.check('header') };
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

/** What people should know of an archive without checksums. */
export function checksumNotes({ checksummed, entries }: ZipArchive): string[] {
  const empty = [...entries.values()].every(({ size }) => size === 0);
  return checksummed || empty ? [] : ['saved without checksums: damage to its bytes would not be noticed'];
}
