import { DatasetError } from '../errors.js';
import type { DataFile } from '../files.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { ByteReader, collectBytes } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { Inflater } from './inflate.js';
import type { Member } from './member.js';
import { safePath } from './member.js';
import { unpackLimit } from './unpack-limit.js';
import type { ZipEntry } from './zip-directory.js';
import { readDirectory } from './zip-directory.js';

/**
 * The files of a zip archive, in the order of its directory: stored or deflated, zip64 too, checksums checked.
 *
 * @param file - must be seekable: a zip's directory lies at its end
 * @throws DatasetError `malformed`, `truncated`, `integrity`, `unsafe-member` or `limit`, with the byte
 */
export async function* readZip(
  file: DataFile,
  options: { readonly limits?: Partial<Limits> } = {},
): AsyncGenerator<Member, void, undefined> {
  const limits = withLimits(options.limits);
  const entries = await readDirectory(file, limits);
  const check = unpackLimit(limits, file.path);
  for (const entry of entries) {
    const path = safePath(entry.path, file.path, entry.headerAt);
    if (entry.path.endsWith('/')) continue;
    if (entry.link) {
      throw new DatasetError(
        'unsafe-member',
        `readZip: members must be files or folders, got the link ${JSON.stringify(path)}.`,
        {
          file: file.path,
          byte: entry.headerAt,
        },
      );
    }
    check(entry.packedBytes, entry.sizeBytes);
    const stream = () => unpackEntry(file, entry);
    yield { path, sizeBytes: entry.sizeBytes, stream, bytes: () => collectBytes(stream()) };
  }
}

async function* unpackEntry(file: DataFile, entry: ZipEntry): AsyncGenerator<Uint8Array, void, undefined> {
  const fail = (code: 'malformed' | 'truncated' | 'integrity', message: string): never => {
    throw new DatasetError(code, `readZip: ${entry.path} ${message}.`, {
      file: file.path,
      byte: entry.headerAt,
    });
  };
  const reader = new ByteReader(file.stream(entry.headerAt));
  try {
    if ((await reader.ensure(30)) < 30) fail('truncated', 'has no whole header');
    const header = reader.take(30);
    const view = new DataView(header.buffer, header.byteOffset, 30);
    if (view.getUint32(0, true) !== 0x04034b50) fail('malformed', 'does not begin where the directory says');
    const skip = view.getUint16(26, true) + view.getUint16(28, true);
    if ((await reader.ensure(skip)) < skip) fail('truncated', 'has no whole header');
    reader.take(skip);
    const packed = takeBytes(reader, entry.packedBytes, () => fail('truncated', 'ends too early'));
    let crc = 0;
    let sizeBytes = 0;
    for await (const bytes of entry.method === 0
      ? packed
      : inflateAll(packed, (reason) => fail('malformed', reason))) {
      sizeBytes += bytes.length;
      if (sizeBytes > entry.sizeBytes) fail('malformed', `must unpack to ${entry.sizeBytes} bytes, got more`);
      crc = crc32(bytes, crc);
      yield bytes;
    }
    if (sizeBytes !== entry.sizeBytes)
      fail('truncated', `must unpack to ${entry.sizeBytes} bytes, got ${sizeBytes}`);
    if (crc !== entry.crc) fail('integrity', 'does not have the checksum the directory says');
  } finally {
    await reader.close();
  }
}

async function* takeBytes(reader: ByteReader, count: number, cut: () => never) {
  for (let left = count; left > 0; ) {
    const piece = await reader.next(left);
    if (piece === undefined) return cut();
    left -= piece.length;
    yield piece;
  }
}

async function* inflateAll(packed: AsyncIterable<Uint8Array>, fail: (reason: string) => never) {
  const inflater = new Inflater();
  const push = function* (piece: Uint8Array) {
    try {
      yield* inflater.push(piece);
    } catch (error) {
      if (error instanceof DatasetError) throw error;
      fail(`is damaged: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for await (const piece of packed) {
    if (!inflater.finished) yield* push(piece);
  }
  if (!inflater.finished) yield* push(new Uint8Array(8)); // a zip member has no trailer to look ahead into
  if (!inflater.finished) fail('ends within its packed data');
}
