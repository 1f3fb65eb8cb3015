import { refusalsOf } from '../errors.js';
import type { ByteRecord, RecordCheck, Verify } from '../sources/byte-record.js';
import type { ByteSource } from '../sources/byte-source.js';
import { crc32 } from './crc32.js';
import type { ZipEntry } from './directory.js';
import { inflate } from './inflate.js';

const localBytes = 30;

/**
 * A file of a zip archive as a record: its local header must repeat what the directory says,
 * its bytes must have the promised checksum, and nothing may lie between it and the next file.
 */
export function zipRecord(source: ByteSource, entry: ZipEntry): ByteRecord {
  return {
    source,
    start: entry.start,
    end: entry.slotEnd,
    size: entry.size,
    check: (verify) => zipCheck(source, entry, verify),
  };
}

function zipCheck(source: ByteSource, entry: ZipEntry, verify: Verify): RecordCheck {
  let dataStart: number | undefined;
  let checked = 0;
  let crc = 0;
  const advance = (bytes: Uint8Array, available: number) => {
    dataStart ??= localDataStart(source, entry, bytes, available);
    if (dataStart === undefined || verify !== 'crc' || entry.method !== 0) return;
    const until = Math.min(available - dataStart, entry.compressedSize);
    if (until <= checked) return;
    crc = crc32(bytes.subarray(dataStart + checked, dataStart + until), crc);
    checked = until;
  };
  return {
    onArrival: advance,
    finish: async (bytes) => {
      advance(bytes, bytes.byteLength);
      const start = dataStart ?? bytes.byteLength;
      checkDescriptor(source, entry, bytes.subarray(start + entry.compressedSize));
      const packed = bytes.subarray(start, start + entry.compressedSize);
      const refuse = refusalsOf(source.name);
      const payload = entry.method === 0 ? packed : await inflate(packed, entry.size, entry.name, refuse);
      if (verify === 'crc' && (entry.method === 0 ? crc : crc32(payload)) !== entry.crc) {
        throw refuse('crc', `${entry.name} does not have the checksum it was saved with`, {
          offset: entry.start,
          hint: 'The file is damaged; fetch or save it again.',
        });
      }
      return payload;
    },
  };
}

/** @returns where the data begins, or undefined while its header has not arrived */
function localDataStart(
  source: ByteSource,
  entry: ZipEntry,
  bytes: Uint8Array,
  available: number,
): number | undefined {
  if (available < localBytes && available < bytes.byteLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bad = (what: string) =>
    refusalsOf(source.name)('bad-zip', `${entry.name}: ${what}`, { offset: entry.start });
  if (bytes.byteLength < localBytes || view.getUint32(0, true) !== 0x04034b50) {
    throw bad('no local header where the directory says');
  }
  const nameLength = view.getUint16(26, true);
  const dataStart = localBytes + nameLength + view.getUint16(28, true);
  if (dataStart + entry.compressedSize > bytes.byteLength)
    throw bad('its header leaves no room for its data');
  if (available < dataStart) return undefined;
  const name = new TextDecoder().decode(bytes.subarray(localBytes, localBytes + nameLength));
  if (
    name !== entry.name ||
    view.getUint16(8, true) !== entry.method ||
    view.getUint16(6, true) !== entry.flags ||
    !repeatsSizes(view, entry)
  ) {
    throw bad('its local header contradicts the directory');
  }
  return dataStart;
}

/** The local header says the same as the directory, or leaves it to what follows the data. */
function repeatsSizes(view: DataView, { flags, crc, compressedSize, size }: ZipEntry): boolean {
  const later = (flags & 8) !== 0;
  return [crc, compressedSize, size].every((wanted, i) => {
    const value = view.getUint32(14 + 4 * i, true);
    return value === wanted || (later && value === 0) || (i > 0 && value === 0xffffffff);
  });
}

/** After the data come nothing, or the sizes again; anything else is not explained by the format. */
function checkDescriptor(source: ByteSource, entry: ZipEntry, rest: Uint8Array): void {
  const bad = (what: string) =>
    refusalsOf(source.name)('bad-zip', `${entry.name}: ${what}`, { offset: entry.slotEnd });
  if (!(entry.flags & 8)) {
    if (rest.byteLength !== 0) throw bad(`${rest.byteLength} unexplained bytes follow it`);
    return;
  }
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  const signed = rest.byteLength === 16 || rest.byteLength === 24;
  if (!signed && rest.byteLength !== 12 && rest.byteLength !== 20) {
    throw bad(`${rest.byteLength} unexplained bytes follow it`);
  }
  const at = signed ? 4 : 0;
  const wide = rest.byteLength >= 20;
  const read = (offset: number) =>
    wide ? Number(view.getBigUint64(offset, true)) : view.getUint32(offset, true);
  const agrees =
    (!signed || view.getUint32(0, true) === 0x08074b50) &&
    view.getUint32(at, true) === entry.crc &&
    read(at + 4) === entry.compressedSize &&
    read(at + (wide ? 12 : 8)) === entry.size;
  if (!agrees) throw bad('the sizes after it contradict the directory');
}
