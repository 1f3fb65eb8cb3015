import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import { ByteReader } from '../formats/byte-reader.js';
import type { Member } from '../formats/member.js';
import type { TextTableOptions } from '../formats/text-table.js';
import { readTextTable } from '../formats/text-table.js';
import { withLimits } from '../limits.js';
import type { OwnFiles } from '../own-files.js';
import { walk } from '../walk.js';
import type { CellBlock, CellReadOptions, CellSource, NumberBlock } from './cells.js';
import type { CsvKind, CsvOptions } from './csv-header.js';
import { checkDelimiter, columnNamesOf } from './csv-header.js';
import type { TableDataset } from './from-cells.js';
import { fromCells } from './from-cells.js';
import { firstLine, numberBlocks, restOf } from './number-csv.js';
import { shownNames } from './table.js';
import { findFiles } from './table-files.js';
import { refuseBinary } from './text-bytes.js';

/**
 * A data set from CSV files of one's own: numbers become `features`, the `label` column zero-based classes,
 * other categories int32 columns and texts string columns. Several files with the same columns are read one after
 * another; they may lie in gzip, tar or zip.
 *
 * Types, classes and missing values are found on a first pass and stand in `dataset.table`.
 *
 * @throws DatasetError `malformed` with file and record for rows, headers or values that do not fit; `missing`
 *   where there is no such file; RangeError for options that name unknown columns
 */
export function fromCsv<const O extends CsvOptions = CsvOptions>(
  files: OwnFiles,
  options?: O,
): Promise<TableDataset<O>> {
  return fromDelimited<O>(files, options, {
    delimiter: ',',
    names: /\.(csv|data)(\.gz)?$/i,
    caller: 'fromCsv',
  });
}

/** The same from tab-separated files; `quote: null` where quotes are letters like any other. */
export function fromTsv<const O extends CsvOptions = CsvOptions>(
  files: OwnFiles,
  options?: O,
): Promise<TableDataset<O>> {
  return fromDelimited<O>(files, options, {
    delimiter: '\t',
    names: /\.(tsv|tab)(\.gz)?$/i,
    caller: 'fromTsv',
  });
}

async function fromDelimited<O extends CsvOptions>(
  given: OwnFiles,
  stated: O | undefined,
  kind: CsvKind,
): Promise<TableDataset<O>> {
  const options: CsvOptions = stated ?? {};
  const { files, origin, paths, sizeBytes } = await findFiles(given, kind.names, kind.caller);
  const { delimiter, quote, encoding, header, columnNames } = options;
  const isTable = (path: string) =>
    kind.names.test(path) || (paths.length === 1 && path === paths[0]?.replace(/\.gz$/i, ''));
  async function* numbers(reading: CellReadOptions): AsyncGenerator<NumberBlock, void, undefined> {
    let first: readonly string[] | undefined;
    for await (const member of walk(files, reading)) {
      if (!isTable(member.path)) continue;
      for await (const block of numberBlocks(member, options, kind, reading)) {
        first ??= block.names;
        checkSameColumns(first, { names: block.names, file: member.path }, kind.caller);
        yield block;
      }
    }
  }
  const cells: CellSource = {
    caller: kind.caller,
    fingerprint: JSON.stringify([paths, sizeBytes, delimiter, quote, encoding, header, columnNames]),
    sizeBytes: paths.some((path) => /\.(gz|tgz|zip)$/i.test(path)) ? undefined : sizeBytes,
    ...(quote === undefined && encoding === undefined ? { numbers } : {}),
    async *read(reading) {
      let found = false;
      let first: readonly string[] | undefined;
      for await (const member of walk(files, reading)) {
        if (!isTable(member.path)) continue;
        found = true;
        for await (const block of blocks(member, options, kind, reading)) {
          first ??= block.names;
          checkSameColumns(first, block, kind.caller);
          yield block;
        }
      }
      if (first === undefined) throw noRows(kind, found, paths[0]);
    },
  };
  return fromCells<O>(cells, { origin, ...options } as O & { origin: Origin }); // as stated, with a default
}

function noRows({ caller, names }: CsvKind, found: boolean, file: string | undefined): DatasetError {
  return found
    ? new DatasetError('malformed', `${caller}: a table must have rows, got none.`, { file })
    : new DatasetError(
        'missing',
        `${caller}: a file named like ${names.source} is needed, got none in the archive.`,
        { file },
      );
}

async function* blocks(
  member: Member,
  options: CsvOptions,
  kind: CsvKind,
  { limits, signal }: CellReadOptions,
): AsyncGenerator<CellBlock, void, undefined> {
  const { delimiter = kind.delimiter, quote, encoding, header = true } = options;
  const parsing: TextTableOptions = {
    delimiter,
    file: member.path,
    limits,
    ...(quote === undefined ? {} : { quote }),
    ...(encoding === undefined ? {} : { encoding }),
  };
  let names: readonly string[] | undefined;
  let record = 1;
  const reader = new ByteReader(refuseBinary(member, kind.caller));
  checkDelimiter(await firstLine(reader, withLimits(limits).recordBytes), member.path, kind, options);
  for await (const parsed of readTextTable(restOf(reader), parsing)) {
    signal?.throwIfAborted();
    let rows = parsed;
    if (names === undefined) {
      const [first = []] = rows;
      names = columnNamesOf(first, member.path, kind, options);
      if (header) {
        rows = rows.slice(1);
        record++;
      }
    }
    if (rows.length > 0) yield { names, rows, file: member.path, record };
    record += rows.length;
  }
}

function checkSameColumns(
  first: readonly string[],
  { names, file }: Pick<CellBlock, 'names' | 'file'>,
  caller: string,
): void {
  if (names === first || names.join('\n') === first.join('\n')) return;
  throw new DatasetError(
    'malformed',
    `${caller}: every file must have the columns ${shownNames(first)}, got ${shownNames(names)}.`,
    { file, record: 1 },
  );
}
