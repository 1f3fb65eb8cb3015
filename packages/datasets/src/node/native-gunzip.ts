import { DatasetError } from '../errors.js';
import { unpackLimit } from '../formats/unpack-limit.js';
import { withLimits } from '../limits.js';
import { requireNode } from '../node-builtins.js';

/** gunzip by Node's zlib: the same result as this package's own, three times as fast. */
export async function* nativeGunzip(
  packed: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { Readable } = requireNode('node:stream', 'folder');
  const gunzip = requireNode('node:zlib', 'folder').createGunzip({ chunkSize: 2 ** 18 });
  let packedBytes = 0;
  const source = Readable.from(
    counted(packed, (bytes) => (packedBytes += bytes)),
    { objectMode: false },
  );
  source.on('error', (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  const check = unpackLimit(withLimits(), file);
  let unpackedBytes = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Uint8Array>) {
      unpackedBytes += piece.length;
      check(packedBytes, unpackedBytes);
      yield piece;
    }
  } catch (error) {
    throw asDatasetError(error, file, packedBytes);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* counted(packed: AsyncIterable<Uint8Array>, count: (bytes: number) => void) {
  for await (const piece of packed) {
    count(piece.length);
    yield piece;
  }
}

function asDatasetError(error: unknown, file: string, byte: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  const place = { file, byte };
  if (code === 'Z_BUF_ERROR') {
    return new DatasetError('truncated', 'gunzip: the file ends within its packed data.', place, {
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const checksum = /incorrect (data|length) check/.test(message);
  return new DatasetError(
    checksum ? 'integrity' : 'malformed',
    `gunzip: the packed data are damaged: ${message}.`,
    place,
    { cause: error },
  );
}
