import { DatasetError } from '../errors.js';
import type { DataFile } from '../files.js';
import type { Limits } from '../limits.js';
import { collectBytes } from './byte-reader.js';

export interface ZipEntry {
  readonly path: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  /** Where its local header begins. */
  readonly headerAt: number;
  readonly link: boolean;
}

const END_BYTES = 22;

/**
 * A zip archive's directory.
 *
 * @see PKWARE APPNOTE 6.3.10 §4.3
 */
export async function readDirectory(file: DataFile, limits: Limits): Promise<ZipEntry[]> {
  const size = file.sizeBytes;
  if (size === undefined || !file.seekable) {
    throw new TypeError(`readZip: the archive must be seekable and of known size, got ${file.path}.`);
  }
  const tailAt = Math.max(0, size - 65_536 - END_BYTES);
  const tail = await readFrom(file, tailAt, size - tailAt);
  const { at, bytes, count } = await locate(file, tail, tailAt);
  if (count > limits.members) {
    throw new DatasetError(
      'limit',
      `readZip: an archive may have at most ${limits.members} members, got ${count}. Raise limits.members if it should.`,
      { file: file.path },
    );
  }
  if (at + bytes > size || bytes > 2 ** 30)
    throw malformed(file, 'the directory lies outside the archive', at);
  const view = viewOf(await readFrom(file, at, bytes));
  const entries: ZipEntry[] = [];
  for (let offset = 0; entries.length < count; ) {
    if (offset + 46 > view.byteLength || view.getUint32(offset, true) !== 0x02014b50) {
      throw malformed(file, `entry ${entries.length + 1} of the directory is none`, at + offset);
    }
    const entry = readEntry(view, offset, file, at);
    entries.push(entry);
    offset +=
      46 +
      view.getUint16(offset + 28, true) +
      view.getUint16(offset + 30, true) +
      view.getUint16(offset + 32, true);
  }
  return entries;
}

function readEntry(view: DataView, offset: number, file: DataFile, directoryAt: number): ZipEntry {
  const nameLength = view.getUint16(offset + 28, true);
  const extraLength = view.getUint16(offset + 30, true);
  if (offset + 46 + nameLength + extraLength > view.byteLength) {
    throw malformed(file, 'an entry of the directory is cut', directoryAt + offset);
  }
  const name = new Uint8Array(view.buffer, view.byteOffset + offset + 46, nameLength);
  const method = view.getUint16(offset + 10, true);
  const encrypted = (view.getUint16(offset + 8, true) & 1) === 1;
  if (encrypted || (method !== 0 && method !== 8)) {
    throw malformed(
      file,
      `members must be stored or deflated, got ${encrypted ? 'an encrypted one' : `method ${method}`}`,
      directoryAt + offset,
    );
  }
  const wide = zip64Numbers(view, offset + 46 + nameLength, extraLength);
  const number = (at: number) => {
    const value = view.getUint32(offset + at, true);
    return value === 0xffffffff ? (wide.shift() ?? value) : value;
  };
  const sizeBytes = number(24);
  const packedBytes = number(20);
  const headerAt = number(42);
  const unixMode = view.getUint32(offset + 38, true) >>> 16;
  const link = view.getUint8(offset + 5) === 3 && (unixMode & 0o170000) === 0o120000;
  const crc = view.getUint32(offset + 16, true);
  return { path: new TextDecoder().decode(name), method, crc, packedBytes, sizeBytes, headerAt, link };
}

/** The 64-bit values that stand in for fields of all ones, in the order size, packed size, position. */
function zip64Numbers(view: DataView, start: number, length: number): number[] {
  for (let at = start; at + 4 <= start + length; ) {
    const [id, size] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === 1 && at + 4 + size <= start + length) {
      return Array.from({ length: size >> 3 }, (_, i) => Number(view.getBigUint64(at + 4 + i * 8, true)));
    }
    at += 4 + size;
  }
  return [];
}

async function locate(file: DataFile, tail: Uint8Array, tailAt: number) {
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const found = {
      count: view.getUint16(at + 10, true),
      bytes: view.getUint32(at + 12, true),
      at: view.getUint32(at + 16, true),
    };
    const isZip64 = at >= 20 && view.getUint32(at - 20, true) === 0x07064b50;
    return isZip64 ? locate64(file, Number(view.getBigUint64(at - 12, true))) : found;
  }
  throw new DatasetError(
    'truncated',
    'readZip: the archive must end with a directory, got none. Is the file whole?',
    {
      file: file.path,
      byte: tailAt + tail.length,
    },
  );
}

async function locate64(file: DataFile, at: number) {
  const bytes = await readFrom(file, at, 56);
  const view = viewOf(bytes);
  if (bytes.length < 56 || view.getUint32(0, true) !== 0x06064b50) {
    throw malformed(file, 'the zip64 directory is not where it should be', at);
  }
  const number = (offset: number) => Number(view.getBigUint64(offset, true));
  return { count: number(32), bytes: number(40), at: number(48) };
}

async function readFrom(file: DataFile, start: number, count: number): Promise<Uint8Array> {
  const first = async function* () {
    let left = count;
    for await (const piece of file.stream(start)) {
      yield piece.subarray(0, left);
      left -= piece.length;
      if (left <= 0) return;
    }
  };
  return count <= 0 ? new Uint8Array(0) : collectBytes(first());
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(file: DataFile, what: string, byte: number): DatasetError {
  return new DatasetError('malformed', `readZip: ${what}.`, { file: file.path, byte });
}
