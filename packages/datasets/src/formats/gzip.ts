import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { ByteReader } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { Inflater } from './inflate.js';
import { unpackLimit } from './unpack-limit.js';

export interface GunzipOptions {
  readonly file?: string;
  readonly limits?: Partial<Limits>;
}

/**
 * Unpacks gzip: any number of members, zero padding after them, every checksum and size checked.
 *
 * @throws DatasetError `malformed`, `truncated`, `integrity` (checksum) or `limit`, with the packed byte
 * @see RFC 1952
 */
export async function* gunzip(
  packed: AsyncIterable<Uint8Array>,
  options: GunzipOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { file } = options;
  const reader = new ByteReader(packed);
  const check = unpackLimit(withLimits(options.limits), file);
  let unpackedBytes = 0;
  try {
    for (let member = 1; await skipHeader(reader, file, member); member++) {
      let crc = 0;
      let memberBytes = 0;
      for await (const bytes of inflateMember(reader, file, member)) {
        crc = crc32(bytes, crc);
        memberBytes += bytes.length;
        unpackedBytes += bytes.length;
        check(reader.position, unpackedBytes);
        yield bytes;
      }
      await checkTrailer(reader, { crc, memberBytes, file, member });
    }
  } finally {
    await reader.close();
  }
}

async function* inflateMember(reader: ByteReader, file: string | undefined, member: number) {
  const inflater = new Inflater();
  const start = reader.position;
  while (!inflater.finished) {
    // the trailer's 8 bytes stay visible, so that the last code has its margin
    const chunk = await reader.next();
    if (chunk === undefined) {
      throw new DatasetError('truncated', `gunzip: the file ends within member ${member}.`, {
        file,
        byte: reader.position,
      });
    }
    try {
      yield* inflater.push(chunk);
    } catch (error) {
      if (error instanceof DatasetError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new DatasetError('malformed', `gunzip: member ${member} is damaged: ${reason}.`, {
        file,
        byte: start,
      });
    }
  }
  reader.unread(inflater.rest());
}

interface MemberEnd {
  readonly crc: number;
  readonly memberBytes: number;
  readonly file: string | undefined;
  readonly member: number;
}

async function checkTrailer(
  reader: ByteReader,
  { crc, memberBytes, file, member }: MemberEnd,
): Promise<void> {
  const place = { file, byte: reader.position };
  if ((await reader.ensure(8)) < 8) {
    throw new DatasetError('truncated', `gunzip: the file ends within member ${member}’s checksum.`, place);
  }
  const trailer = reader.take(8);
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8);
  if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== memberBytes % 2 ** 32) {
    throw new DatasetError(
      'integrity',
      `gunzip: member ${member} does not have the checksum it says.`,
      place,
    );
  }
}

/** Passes over one member's header; false at the end of the file or where only zero padding is left. */
async function skipHeader(reader: ByteReader, file: string | undefined, member: number): Promise<boolean> {
  const start = reader.position;
  const fail = (code: 'malformed' | 'truncated', message: string) => {
    throw new DatasetError(code, `gunzip: ${message}`, { file, byte: start });
  };
  const there = await reader.ensure(10);
  if (member > 1 && (there === 0 || (await onlyZerosLeft(reader)))) return false;
  const header = reader.peek(10);
  if (header[0] !== 0x1f || header[1] !== 0x8b) {
    fail(
      there < 2 ? 'truncated' : 'malformed',
      `member ${member} must begin with 1f 8b, got ${hex(header.subarray(0, 2))}.`,
    );
  }
  if (there < 10) fail('truncated', `the file ends within member ${member}’s header.`);
  const flags = header[3] as number;
  if (header[2] !== 8 || (flags & 0xe0) !== 0)
    fail('malformed', `member ${member} is packed in an unknown way.`);
  reader.take(10);
  const skip = async (count: number) => {
    if ((await reader.ensure(count)) < count)
      fail('truncated', `the file ends within member ${member}’s header.`);
    return reader.take(count);
  };
  if (flags & 4) {
    const [low, high] = await skip(2);
    await skip((low as number) | ((high as number) << 8));
  }
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    for (let length = 0; (await skip(1))[0] !== 0; length++) {
      if (length > 65_536) fail('malformed', `member ${member}’s name does not end.`);
    }
  }
  if (flags & 2) await skip(2);
  return true;
}

async function onlyZerosLeft(reader: ByteReader): Promise<boolean> {
  if (reader.peek(1)[0] !== 0) return false;
  for (;;) {
    const there = await reader.ensure(4096);
    if (there === 0) return true;
    if (reader.peek(there).some((byte) => byte !== 0)) return false;
    reader.take(there);
  }
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'nothing';
}
