import type { TypedArray } from '../columns.js';
import { DatasetError } from '../errors.js';
import { ByteReader } from './byte-reader.js';

/** Some elements along an IDX file's first axis. */
export interface IdxRows {
  readonly rowCount: number;
  /** Of one row: the file's other axes. */
  readonly shape: readonly number[];
  readonly values: TypedArray;
}

const kinds: Record<number, { size: number; read: (view: DataView, count: number) => TypedArray }> = {
  8: { size: 1, read: (view, count) => new Uint8Array(view.buffer, view.byteOffset, count).slice() },
  9: { size: 1, read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt8(i)) },
  11: { size: 2, read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt16(i * 2)) },
  12: { size: 4, read: (view, count) => Int32Array.from({ length: count }, (_, i) => view.getInt32(i * 4)) },
  13: {
    size: 4,
    read: (view, count) => Float32Array.from({ length: count }, (_, i) => view.getFloat32(i * 4)),
  },
  14: {
    size: 8,
    read: (view, count) => Float64Array.from({ length: count }, (_, i) => view.getFloat64(i * 8)),
  },
};

/**
 * An IDX file (MNIST's format), some rows at a time.
 *
 * @throws DatasetError `malformed` or `truncated`
 */
export async function* readIdx(
  bytes: AsyncIterable<Uint8Array>,
  { file, blockRows = 1024 }: { readonly file?: string; readonly blockRows?: number } = {},
): AsyncGenerator<IdxRows, void, undefined> {
  const reader = new ByteReader(bytes);
  try {
    const fail = (code: 'malformed' | 'truncated', message: string): never => {
      throw new DatasetError(code, `readIdx: ${message}`, { file, byte: reader.position });
    };
    if ((await reader.ensure(4)) < 4) fail('truncated', 'the file ends within its header.');
    const [high, low, type, axes] = reader.take(4) as unknown as [number, number, number, number];
    const kind = kinds[type];
    if (high !== 0 || low !== 0 || kind === undefined || axes < 1) {
      return fail('malformed', 'the file must begin with 0, 0, a type and the number of axes.');
    }
    if ((await reader.ensure(4 * axes)) < 4 * axes) fail('truncated', 'the file ends within its header.');
    const sizes = viewOf(reader.take(4 * axes));
    const [rowCount = 0, ...shape] = Array.from({ length: axes }, (_, i) => sizes.getUint32(i * 4));
    const width = shape.reduce((product, size) => product * size, 1);
    if (width * kind.size > 2 ** 28) fail('malformed', `a row of shape [${shape}] is too large to be meant.`);
    for (let row = 0; row < rowCount; ) {
      const rows = Math.min(
        Math.max(1, Math.min(blockRows, Math.floor(2 ** 22 / (width * kind.size)))),
        rowCount - row,
      );
      const wanted = rows * width * kind.size;
      const there = await reader.ensure(wanted);
      if (there < wanted)
        fail(
          'truncated',
          `${rowCount} rows are announced, the file ends within row ${row + Math.floor(there / (width * kind.size)) + 1}.`,
        );
      yield { rowCount: rows, shape, values: kind.read(viewOf(reader.take(wanted)), rows * width) };
      row += rows;
    }
    if ((await reader.ensure(1)) > 0)
      fail('malformed', `bytes follow the ${rowCount} rows that are announced.`);
  } finally {
    await reader.close();
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
