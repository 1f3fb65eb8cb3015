import type { ByteSource, OnArrival } from './byte-source.js';

/** `crc`: whole records are read and their checksums compared. `header`: only structure is checked. */
export type Verify = 'crc' | 'header';

/** A check that runs while a record's bytes arrive. */
export interface RecordCheck {
  readonly onArrival?: OnArrival;
  /** @returns the payload, once every byte is there and right */
  finish(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** A stretch of a source that is read and checked as a whole: an archive's entry, a tensor's bytes. */
export interface ByteRecord {
  readonly source: ByteSource;
  /** what to read: the payload and whatever frames it */
  readonly start: number;
  readonly end: number;
  /** bytes of payload */
  readonly size: number;
  check(verify: Verify): RecordCheck;
}

/** @returns a record that is its payload: nothing frames it, nothing checks it */
export function plainRecord(source: ByteSource, start: number, end: number): ByteRecord {
  return { source, start, end, size: end - start, check: () => ({ finish: (bytes) => bytes }) };
}

/** How records are read. */
export interface ReadOptions {
  verify: Verify;
  signal?: AbortSignal | undefined;
}

/** Reads records by ascending position, source after source, and yields each with its payload. */
export async function* readRecords(
  records: Iterable<ByteRecord>,
  { verify, signal }: ReadOptions,
): AsyncGenerator<[ByteRecord, Uint8Array]> {
  const bySource = new Map<ByteSource, ByteRecord[]>();
  for (const record of new Set(records)) {
    const known = bySource.get(record.source);
    if (known) known.push(record);
    else bySource.set(record.source, [record]);
  }
  for (const [source, group] of bySource) {
    group.sort((a, b) => a.start - b.start || a.end - b.end);
    const checks = group.map((record) => record.check(verify));
    const ranges = group.map(({ start, end }, i) => ({ start, end, onArrival: checks[i]?.onArrival }));
    let next = 0;
    for await (const bytes of source.read(ranges, signal)) {
      const [record, check] = [group[next], checks[next]];
      next += 1;
      if (record && check) yield [record, await check.finish(bytes)];
    }
  }
}

/** Reads one record's payload. */
export async function readRecord(record: ByteRecord, options: ReadOptions): Promise<Uint8Array> {
  for await (const [, payload] of readRecords([record], options)) return payload;
  throw new RangeError(`readRecord: ${record.source.name} must yield every range it is asked for, got none.`);
}
