import type { AsyncBuffer } from 'hyparquet';
import { DatasetError } from '../errors.js';
import type { DataFile } from '../files.js';
import { collectBytes } from './byte-reader.js';

/**
 * A Parquet file's rows as objects, one row group after another (snappy or not compressed), by hyparquet.
 *
 * @param file - seekable and of known size: only the parts that hold the wanted columns are read
 * @param options.columns - default all
 * @throws DatasetError `malformed`
 */
export async function* readParquet(
  file: DataFile,
  options: { readonly columns?: readonly string[] } = {},
): AsyncGenerator<Record<string, unknown>[], void, undefined> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const { sizeBytes } = file;
  if (sizeBytes === undefined || !file.seekable) {
    throw new TypeError(`readParquet: the file must be seekable and of known size, got ${file.path}.`);
  }
  const buffer: AsyncBuffer = {
    byteLength: sizeBytes,
    slice: async (start, end = sizeBytes) => (await readRange(file, start, end)).buffer,
  };
  const asError = (cause: unknown) =>
    new DatasetError(
      'malformed',
      `readParquet: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { file: file.path },
      { cause },
    );
  const metadata = await parquetMetadataAsync(buffer).catch((cause: unknown) => {
    throw asError(cause);
  });
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = options.columns === undefined ? {} : { columns: [...options.columns] };
    yield await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, ...columns }).catch(
      (cause: unknown) => {
        throw asError(cause);
      },
    );
    rowStart = rowEnd;
  }
}

async function readRange(file: DataFile, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const part = async function* () {
    let left = end - start;
    for await (const piece of file.stream(start)) {
      yield piece.subarray(0, left);
      left -= piece.length;
      if (left <= 0) return;
    }
  };
  return collectBytes(part());
}
