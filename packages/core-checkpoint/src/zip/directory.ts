import { type Refuse, refusalsOf } from '../errors.js';
import type { Limits } from '../limits.js';
import { type ByteSource, readRange } from '../sources/byte-source.js';

/** One file of a zip archive, as its central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflate */
  readonly method: 0 | 8;
  readonly flags: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** where its local header begins */
  readonly start: number;
  /** where the next thing in the archive begins */
  readonly slotEnd: number;
}

interface DirectoryPlace {
  offset: number;
  size: number;
  count: number;
  /** where the records after the directory begin */
  end: number;
}

const tailBytes = 16_384;
const endBytes = 22;
const locatorBytes = 20;
const zip64EndBytes = 56;
const centralBytes = 46;
const localBytes = 30;

/**
 * Reads the list of files of a zip archive. Stricter than zip: no comment, no gap before the directory,
 * no encryption, no shared or overlapping data, no name twice.
 *
 * @returns entries in directory order
 * @see APPNOTE.TXT 6.3.10 §4.3
 */
export async function readZipDirectory(
  source: ByteSource,
  limits: Limits,
  signal?: AbortSignal,
): Promise<ZipEntry[]> {
  const refuse = refusalsOf(source.name);
  const tailStart = Math.max(0, source.size - tailBytes);
  const tail = await readRange(source, tailStart, source.size, signal);
  const place = findDirectory(tail, tailStart, source.size, refuse);
  if (place.size > limits.headerBytes || place.count > limits.entryCount) {
    throw refuse('limit', `its directory has ${place.count} entries in ${place.size} bytes`, {
      hint: 'Raise limits.entryCount or limits.headerBytes if you trust it.',
    });
  }
  const directory =
    place.offset >= tailStart
      ? tail.subarray(place.offset - tailStart, place.offset - tailStart + place.size)
      : await readRange(source, place.offset, place.offset + place.size, signal);
  return withSlots(parseEntries(directory, place, refuse), place, refuse);
}

function findDirectory(
  tail: Uint8Array,
  tailStart: number,
  fileSize: number,
  refuse: Refuse,
): DirectoryPlace {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  const endAt = tail.byteLength - endBytes;
  if (endAt < 0 || view.getUint32(endAt, true) !== 0x06054b50) throw endMissing(tail, fileSize, refuse);
  const disks = view.getUint32(endAt + 4, true);
  const place = {
    count: view.getUint16(endAt + 10, true),
    size: view.getUint32(endAt + 12, true),
    offset: view.getUint32(endAt + 16, true),
    end: tailStart + endAt,
  };
  if (
    disks !== 0 ||
    view.getUint16(endAt + 8, true) !== place.count ||
    view.getUint16(endAt + 20, true) !== 0
  ) {
    throw refuse('bad-zip', 'its end record speaks of several disks or a comment', { offset: place.end });
  }
  const found = readZip64End(view, tailStart, place, refuse) ?? place;
  if (found.offset + found.size !== found.end) {
    throw refuse(
      'bad-zip',
      `its directory of ${found.size} bytes at ${found.offset} does not end at ${found.end}`,
      {
        offset: found.offset,
      },
    );
  }
  return found;
}

function endMissing(tail: Uint8Array, fileSize: number, refuse: Refuse) {
  for (let i = tail.byteLength - endBytes; i >= 0; i--) {
    if (tail[i] === 0x50 && tail[i + 1] === 0x4b && tail[i + 2] === 5 && tail[i + 3] === 6) {
      return refuse(
        'trailing-bytes',
        `goes on for ${tail.byteLength - endBytes - i} bytes after the end of its archive`,
        {
          offset: fileSize - (tail.byteLength - endBytes - i),
          hint: 'Fetch or save it again.',
        },
      );
    }
  }
  return refuse('truncated', `central directory missing after ${fileSize.toLocaleString('en')} bytes`, {
    offset: fileSize,
    hint: 'The download or copy is incomplete; fetch it again.',
  });
}

function readZip64End(
  view: DataView,
  tailStart: number,
  place: DirectoryPlace,
  refuse: Refuse,
): DirectoryPlace | undefined {
  const locatorAt = place.end - tailStart - locatorBytes;
  if (locatorAt < 0 || view.getUint32(locatorAt, true) !== 0x07064b50) return undefined;
  const at = locatorAt - zip64EndBytes;
  const bad = () => refuse('bad-zip', 'its zip64 end record contradicts itself', { offset: tailStart + at });
  if (at < 0 || view.getUint32(at, true) !== 0x06064b50 || wide(view, at + 4) !== zip64EndBytes - 12)
    throw bad();
  if (wide(view, locatorAt + 8) !== tailStart + at || view.getUint32(locatorAt + 4, true) !== 0) throw bad();
  if (view.getUint32(locatorAt + 16, true) > 1 || wide(view, at + 16) !== 0) throw bad();
  const found = {
    count: wide(view, at + 32),
    size: wide(view, at + 40),
    offset: wide(view, at + 48),
    end: tailStart + at,
  };
  const agrees = (narrow: number, mask: number, value: number) => narrow === mask || narrow === value;
  const consistent =
    wide(view, at + 24) === found.count &&
    agrees(place.count, 0xffff, found.count) &&
    agrees(place.size, 0xffffffff, found.size) &&
    agrees(place.offset, 0xffffffff, found.offset);
  if (!consistent) throw bad();
  return found;
}

/** A 64-bit number; what does not fit a double exactly becomes Infinity, which no check lets pass. */
function wide(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY;
}

function parseEntries(
  directory: Uint8Array,
  place: DirectoryPlace,
  refuse: Refuse,
): Omit<ZipEntry, 'slotEnd'>[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const entries: Omit<ZipEntry, 'slotEnd'>[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at < directory.byteLength) {
    const offset = place.offset + at;
    const bad = (what: string) => refuse('bad-zip', what, { offset });
    if (at + centralBytes > directory.byteLength || view.getUint32(at, true) !== 0x02014b50) {
      throw bad('a directory entry does not begin where the one before it ends');
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + centralBytes + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > directory.byteLength) throw bad('a directory entry runs past the directory');
    const entry = parseEntry(view, at, nameLength, extraLength, refuse, offset);
    if (names.has(entry.name)) throw refuse('duplicate-entry', `holds ${entry.name} twice`, { offset });
    names.add(entry.name);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== place.count) {
    throw refuse('bad-zip', `lists ${entries.length} entries but promises ${place.count}`, {
      offset: place.offset,
    });
  }
  return entries;
}

function parseEntry(
  view: DataView,
  at: number,
  nameLength: number,
  extraLength: number,
  refuse: Refuse,
  offset: number,
): Omit<ZipEntry, 'slotEnd'> {
  const name = entryName(view, at + centralBytes, nameLength, refuse, offset);
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  if (flags & ~0x080e || (method !== 0 && method !== 8)) {
    const what =
      flags & 1 ? 'is encrypted' : `uses compression method ${method} with flags 0x${flags.toString(16)}`;
    throw refuse('unsupported-compression', `${name} ${what}`, { offset });
  }
  const extra = zip64Extra(view, at, at + centralBytes + nameLength, extraLength, () =>
    refuse('bad-zip', `${name} has a malformed extra field`, { offset }),
  );
  if (method === 0 && extra.compressedSize !== extra.size) {
    throw refuse('size-mismatch', `${name} is stored, yet its two sizes differ`, { offset });
  }
  return { name, method, flags, crc: view.getUint32(at + 16, true), ...extra };
}

/** Never a path: names are looked up or are names of tensors, and nothing is written by them. */
function entryName(view: DataView, at: number, length: number, refuse: Refuse, offset: number): string {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, length));
  } catch (cause) {
    throw refuse('bad-zip', 'a file name in it is not UTF-8', { offset, cause });
  }
}

function zip64Extra(view: DataView, at: number, extraAt: number, extraLength: number, bad: () => Error) {
  let compressedSize = view.getUint32(at + 20, true);
  let size = view.getUint32(at + 24, true);
  let start = view.getUint32(at + 42, true);
  const end = extraAt + extraLength;
  for (let field = extraAt; field < end; ) {
    if (field + 4 > end) throw bad();
    const id = view.getUint16(field, true);
    const fieldEnd = field + 4 + view.getUint16(field + 2, true);
    if (fieldEnd > end) throw bad();
    if (id === 1) {
      let value = field + 4;
      const take = () => {
        if (value + 8 > fieldEnd) throw bad();
        value += 8;
        return wide(view, value - 8);
      };
      if (size === 0xffffffff) size = take();
      if (compressedSize === 0xffffffff) compressedSize = take();
      if (start === 0xffffffff) start = take();
    }
    field = fieldEnd;
  }
  return { compressedSize, size, start };
}

/** Gives each entry the room up to the next one, and refuses rooms too small for what they hold. */
function withSlots(
  entries: readonly Omit<ZipEntry, 'slotEnd'>[],
  place: DirectoryPlace,
  refuse: Refuse,
): ZipEntry[] {
  const ordered = [...entries].sort((a, b) => a.start - b.start);
  const slotEnds = new Map<string, number>();
  ordered.forEach((entry, i) => {
    const slotEnd = ordered[i + 1]?.start ?? place.offset;
    const least = localBytes + new TextEncoder().encode(entry.name).byteLength + entry.compressedSize;
    if (!(entry.start + least <= slotEnd)) {
      throw refuse('overlap', `${entry.name} at byte ${entry.start} runs into what follows it`, {
        offset: entry.start,
      });
    }
    slotEnds.set(entry.name, slotEnd);
  });
  const first = ordered[0]?.start ?? place.offset;
  if (first !== 0) throw refuse('hole', `its first ${first} bytes belong to no file in it`, { offset: 0 });
  return entries.map((entry) => ({ ...entry, slotEnd: slotEnds.get(entry.name) ?? place.offset }));
}
