import type { ReadOptions } from './definition.js';
import { DatasetError } from './errors.js';
import type { DataFile, DataFiles } from './files.js';
import { memoryFile } from './files.js';
import { ByteReader, collectBytes } from './formats/byte-reader.js';
import { gunzip } from './formats/gzip.js';
import type { Member } from './formats/member.js';
import { readTar } from './formats/tar.js';
import { readZip } from './formats/zip.js';
import { withLimits } from './limits.js';

export type WalkOptions = Pick<ReadOptions, 'limits' | 'onEvent' | 'signal'>;

/**
 * Every file there is, whether it lies in a folder, in a tar, tar.gz, gz or zip, or in one within another.
 * A path within an archive begins with the archive's: `aclImdb_v1.tar.gz/aclImdb/test/pos/0_10.txt`.
 *
 * @throws DatasetError as the archives' readers do, and `malformed` for a web page saved under an archive's name
 */
export async function* walk(files: DataFiles, options: WalkOptions): AsyncGenerator<Member, void, undefined> {
  for await (const file of files.list()) {
    options.signal?.throwIfAborted();
    yield* open(fromFile(file, options), options, file, 0);
  }
}

type Opened = Omit<Member, 'bytes'> & Partial<Pick<Member, 'bytes'>>;

async function* open(
  member: Opened,
  options: WalkOptions,
  file: DataFile | undefined,
  depth: number,
): AsyncGenerator<Member, void, undefined> {
  const { limits } = options;
  const packing = /\.(tar|tar\.gz|tgz|gz|zip)$/i.exec(member.path)?.[1]?.toLowerCase();
  if (packing === undefined) {
    yield { ...member, bytes: member.bytes ?? (() => collectBytes(member.stream())) };
    return;
  }
  if (depth >= withLimits(limits).depth) {
    throw new DatasetError(
      'limit',
      'walk: archives lie too deep in each other. Raise limits.depth if they should.',
      { file: member.path },
    );
  }
  if (packing === 'zip') {
    const archive = file ?? memoryFile(member.path, await collectBytes(member.stream()));
    for await (const inner of readZip(archive, { limits }))
      yield* open(within(member, inner), options, undefined, depth + 1);
    return;
  }
  const bytes = refuseWebPage(member.stream(), member.path);
  const unpack =
    file?.gunzip ?? ((packed: AsyncIterable<Uint8Array>) => gunzip(packed, { file: member.path, limits }));
  const plain = packing === 'tar' ? bytes : unpack(bytes);
  if (packing === 'gz') {
    const path = member.path.slice(0, -3);
    yield* open({ path, sizeBytes: undefined, stream: () => plain }, options, undefined, depth + 1);
    return;
  }
  for await (const inner of readTar(plain, { file: member.path, limits })) {
    options.signal?.throwIfAborted();
    yield* open(within(member, inner), options, undefined, depth + 1);
  }
}

function within(archive: Opened, inner: Member): Member {
  return { ...inner, path: `${archive.path}/${inner.path}` };
}

function fromFile(file: DataFile, { onEvent }: WalkOptions): Opened {
  return {
    path: file.path,
    sizeBytes: file.sizeBytes,
    async *stream() {
      let bytesRead = 0;
      for await (const piece of file.stream()) {
        yield piece;
        bytesRead += piece.length;
        onEvent({ type: 'progress', file: file.path, bytesRead, bytesTotal: file.sizeBytes });
      }
    },
  };
}

/** Hosts answer with a page of 200 OK when a file is gone; its name then promises an archive. */
async function* refuseWebPage(bytes: AsyncIterable<Uint8Array>, file: string) {
  const reader = new ByteReader(bytes);
  try {
    const start = reader.peek(await reader.ensure(256));
    if (/^\s*(<!doctype html|<html|<\?xml)/i.test(new TextDecoder('latin1').decode(start.subarray(0, 256)))) {
      throw new DatasetError(
        'malformed',
        'walk: an archive is needed, got a web page. Download it again, and look at the page: it may say why.',
        { file, byte: 0 },
      );
    }
    for (;;) {
      const piece = await reader.next();
      if (piece === undefined) return;
      yield piece;
    }
  } finally {
    await reader.close();
  }
}
