import { DatasetError } from '../errors.js';
import { ByteReader } from '../formats/byte-reader.js';
import type { Member } from '../formats/member.js';
import { readNumberTable } from '../formats/number-table.js';
import { readTextTable } from '../formats/text-table.js';
import { withLimits } from '../limits.js';
import type { CellReadOptions, NumberBlock } from './cells.js';
import type { CsvKind, CsvOptions } from './csv-header.js';
import { columnNamesOf } from './csv-header.js';
import { refuseBinary } from './text-bytes.js';

/**
 * A delimited file of numbers only, under a header of one line or none.
 *
 * @throws DatasetError at the first row or cell that is anything else
 */
export async function* numberBlocks(
  member: Member,
  options: CsvOptions,
  kind: CsvKind,
  { limits, signal }: CellReadOptions,
): AsyncGenerator<NumberBlock, void, undefined> {
  const { delimiter = kind.delimiter, header = true } = options;
  const file = member.path;
  const reader = new ByteReader(refuseBinary(member, kind.caller));
  try {
    const line = await firstLine(reader, withLimits(limits).recordBytes);
    const names = columnNamesOf(await fieldsOf(line, delimiter, file), file, kind, options);
    if (header) reader.take(line.length);
    const parsing = {
      columnCount: names.length,
      delimiter,
      dtype: 'float64',
      asMeant: true,
      file,
      limits,
    } as const;
    for await (const { rowCount, values } of readNumberTable(restOf(reader), parsing)) {
      signal?.throwIfAborted();
      yield { names, rowCount, values: values as Float64Array }; // dtype float64 was asked for
    }
  } finally {
    await reader.close();
  }
}

/** @internal A file's first line with its end; not taken yet. */
export async function firstLine(reader: ByteReader, most: number): Promise<Uint8Array> {
  for (let wanted = 4096; ; wanted *= 2) {
    const there = await reader.ensure(wanted);
    const end = reader.peek(there).indexOf(10);
    if (end >= 0) return reader.peek(end + 1);
    if (there < wanted || there > most) return reader.peek(there);
  }
}

async function fieldsOf(line: Uint8Array, delimiter: string, file: string): Promise<string[]> {
  const bytes = (async function* () {
    yield line;
  })();
  for await (const [first] of readTextTable(bytes, { delimiter, file }))
    if (first !== undefined) return first;
  throw new DatasetError('malformed', 'fromCsv: a table must have rows, got none.', { file });
}

/** @internal What is left, closed when left early. */
export async function* restOf(reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let piece = await reader.next(); piece !== undefined; piece = await reader.next()) yield piece;
  } finally {
    await reader.close();
  }
}
