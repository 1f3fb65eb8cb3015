import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { ByteReader } from './byte-reader.js';
import type { Member } from './member.js';
import { safePath } from './member.js';
import type { TarHeader } from './tar-header.js';
import { parsePax, parseTarHeader, textOf } from './tar-header.js';

export interface TarOptions {
  readonly file?: string;
  readonly limits?: Partial<Limits>;
}

const BLOCK = 512;

/**
 * The files of a tar archive, in order: ustar, PAX and GNU long names, checksums checked.
 *
 * Folders are passed over. Links, devices and members reaching outside are errors: nothing is ever
 * written or followed, but an archive that holds one is not what it should be.
 *
 * @throws DatasetError `malformed`, `truncated`, `unsafe-member` or `limit`, with the byte in the archive
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  options: TarOptions = {},
): AsyncGenerator<Member, void, undefined> {
  const archive = new TarReader(bytes, options);
  try {
    for (;;) {
      const member = await archive.next();
      if (member === undefined) return;
      yield member;
      if (archive.unread > 0) await archive.skipRest();
    }
  } finally {
    await archive.close();
  }
}

class TarReader {
  readonly #reader: ByteReader;
  readonly #file: string | undefined;
  readonly #limits: Limits;
  #members = 0;
  /** Bytes of the current member, padding included, that were not read yet. */
  unread = 0;

  constructor(bytes: AsyncIterable<Uint8Array>, options: TarOptions) {
    this.#reader = new ByteReader(bytes);
    this.#file = options.file;
    this.#limits = withLimits(options.limits);
  }

  async next(): Promise<Member | undefined> {
    let named: { path?: string; sizeBytes?: number } = {};
    for (;;) {
      const start = this.#reader.position;
      if (this.#reader.available < BLOCK) await this.#reader.ensure(BLOCK);
      const header = this.#header();
      if (header === undefined) return undefined;
      const sizeBytes = named.sizeBytes ?? header.sizeBytes;
      this.#checkLimits(sizeBytes, start);
      switch (header.type) {
        case 'x':
          named = { ...named, ...parsePax(await this.#small(header.sizeBytes, start)) };
          continue;
        case 'L':
          named = { ...named, path: textOf(await this.#small(header.sizeBytes, start)) };
          continue;
        case 'g':
        case 'K':
          await this.#small(header.sizeBytes, start);
          continue;
        case '5':
          safePath(named.path ?? header.path, this.#file, start);
          named = {};
          this.unread = padded(sizeBytes);
          await this.skipRest();
          continue;
        case '0':
        case '7':
          return this.#member(safePath(named.path ?? header.path, this.#file, start), sizeBytes);
        default:
          throw this.#error(
            'unsafe-member',
            `readTar: members must be files or folders, got ${JSON.stringify(named.path ?? header.path)} of type "${header.type}" (a link or device).`,
            start,
          );
      }
    }
  }

  /** Undefined at the archive's end: two blocks of zeros, or the end of the stream between members. */
  #header(): TarHeader | undefined {
    const start = this.#reader.position;
    const there = Math.min(BLOCK, this.#reader.available);
    if (there === 0 && start > 0) return undefined;
    if (there < BLOCK) throw this.#error('truncated', 'readTar: the archive ends within a header.', start);
    const block = this.#reader.take(BLOCK);
    if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
    const header = parseTarHeader(block);
    if (typeof header === 'string') throw this.#error('malformed', `readTar: ${header}`, start);
    return header;
  }

  #checkLimits(sizeBytes: number, start: number): void {
    if (++this.#members > this.#limits.members) {
      throw this.#error(
        'limit',
        `readTar: an archive may have at most ${this.#limits.members} members. Raise limits.members if it should have more.`,
        start,
      );
    }
    if (sizeBytes > this.#limits.memberBytes) {
      throw this.#error(
        'limit',
        `readTar: a member may have at most ${this.#limits.memberBytes} bytes, got ${sizeBytes}. Raise limits.memberBytes if it should.`,
        start,
      );
    }
  }

  #member(path: string, sizeBytes: number): Member {
    this.unread = padded(sizeBytes);
    const padding = this.unread - sizeBytes;
    return {
      path,
      sizeBytes,
      stream: () => this.#stream(path, padding),
      bytes: async () => {
        const whole = this.unread;
        if (whole !== padded(sizeBytes))
          throw new TypeError(`readTar: ${path} must be read before the next member is asked for, and once.`);
        if (this.#reader.available < whole) await this.#whole(whole, path);
        this.unread = 0;
        return this.#reader.take(whole).subarray(0, sizeBytes);
      },
    };
  }

  async *#stream(path: string, padding: number): AsyncGenerator<Uint8Array, void, undefined> {
    while (this.unread > padding) {
      const piece = await this.#reader.next(this.unread - padding);
      if (piece === undefined) throw this.#cut(path);
      this.unread -= piece.length;
      yield piece;
    }
  }

  async skipRest(): Promise<void> {
    while (this.unread > 0) {
      const piece = await this.#reader.next(this.unread);
      if (piece === undefined) throw this.#cut('the last member');
      this.unread -= piece.length;
    }
  }

  async #small(sizeBytes: number, start: number): Promise<Uint8Array> {
    const most = 2 ** 20;
    if (sizeBytes > most) {
      throw this.#error(
        'limit',
        `readTar: an extended header may have at most ${most} bytes, got ${sizeBytes}.`,
        start,
      );
    }
    const whole = padded(sizeBytes);
    await this.#whole(whole, 'an extended header');
    return this.#reader.take(whole).subarray(0, sizeBytes);
  }

  async #whole(count: number, what: string): Promise<void> {
    if ((await this.#reader.ensure(count)) < count) throw this.#cut(what);
  }

  #cut(what: string): DatasetError {
    return this.#error('truncated', `readTar: the archive ends within ${what}.`, this.#reader.position);
  }

  #error(
    code: 'malformed' | 'truncated' | 'unsafe-member' | 'limit',
    message: string,
    byte: number,
  ): DatasetError {
    return new DatasetError(code, message, { file: this.#file, record: this.#members, byte });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / BLOCK) * BLOCK;
}
