import type { Dataset } from '../dataset.js';
import { DatasetError } from '../errors.js';
import type { TextEncoding } from '../formats/decode-text.js';
import type { Member } from '../formats/member.js';
import type { TextTableOptions } from '../formats/text-table.js';
import { readTextTable } from '../formats/text-table.js';
import type { OwnFiles } from '../own-files.js';
import { walk } from '../walk.js';
import type { CellBlock, CellReadOptions, CellSource } from './cells.js';
import type { TableDatasetColumns } from './from-cells.js';
import { fromCells } from './from-cells.js';
import { shownNames } from './table.js';
import { findFiles } from './table-files.js';
import type { TableOptions } from './table-options.js';

export interface CsvOptions extends TableOptions {
  /** Default `,`. */
  readonly delimiter?: string;
  /** Default `"`; null where quotes are letters like any other. */
  readonly quote?: string | null;
  readonly encoding?: TextEncoding;
  /** Whether the first row names the columns. Default true. */
  readonly header?: boolean;
  /** The columns' names, in place of a header's. Default without a header: `column 1`, `column 2` … */
  readonly columnNames?: readonly string[];
}

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
export function fromCsv(files: OwnFiles, options: CsvOptions = {}): Promise<Dataset<TableDatasetColumns>> {
  return fromDelimited(files, options, { delimiter: ',', names: /\.(csv|data)(\.gz)?$/i, caller: 'fromCsv' });
}

/** The same from tab-separated files; `quote: null` where quotes are letters like any other. */
export function fromTsv(files: OwnFiles, options: CsvOptions = {}): Promise<Dataset<TableDatasetColumns>> {
  return fromDelimited(files, options, { delimiter: '\t', names: /\.(tsv|tab)(\.gz)?$/i, caller: 'fromTsv' });
}

interface Kind {
  readonly delimiter: string;
  readonly names: RegExp;
  readonly caller: string;
}

async function fromDelimited(given: OwnFiles, options: CsvOptions, kind: Kind) {
  const { files, origin, paths, sizeBytes } = await findFiles(given, kind.names, kind.caller);
  const { delimiter, quote, encoding, header, columnNames } = options;
  const cells: CellSource = {
    caller: kind.caller,
    fingerprint: JSON.stringify([paths, sizeBytes, delimiter, quote, encoding, header, columnNames]),
    sizeBytes: paths.some((path) => /\.(gz|tgz|zip)$/i.test(path)) ? undefined : sizeBytes,
    async *read(reading) {
      const isOnly = paths.length === 1;
      let first: readonly string[] | undefined;
      for await (const member of walk(files, reading)) {
        if (!kind.names.test(member.path) && !(isOnly && member.path === paths[0]?.replace(/\.gz$/i, '')))
          continue;
        for await (const block of blocks(member, options, kind, reading)) {
          first ??= block.names;
          checkSameColumns(first, block, kind.caller);
          yield block;
        }
      }
      if (first === undefined)
        throw new DatasetError('malformed', `${kind.caller}: a table must have rows, got none.`, {
          file: paths[0],
        });
    },
  };
  return fromCells(cells, { origin, ...options });
}

async function* blocks(
  member: Member,
  options: CsvOptions,
  kind: Kind,
  { limits, signal }: CellReadOptions,
): AsyncGenerator<CellBlock, void, undefined> {
  const { delimiter = kind.delimiter, quote, encoding, header = true, columnNames } = options;
  const parsing: TextTableOptions = {
    delimiter,
    file: member.path,
    limits,
    ...(quote === undefined ? {} : { quote }),
    ...(encoding === undefined ? {} : { encoding }),
  };
  let names: readonly string[] | undefined;
  let record = 1;
  for await (const parsed of readTextTable(refuseBinary(member, kind.caller), parsing)) {
    signal?.throwIfAborted();
    let rows = parsed;
    if (names === undefined) {
      const [first = []] = rows;
      names =
        columnNames ?? (header ? headerNames(first, member.path, kind, options) : numbered(first.length));
      checkWidth(names, first, member.path, kind.caller);
      if (header) {
        rows = rows.slice(1);
        record++;
      }
    }
    if (rows.length > 0) yield { names, rows, file: member.path, record };
    record += rows.length;
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `column ${at + 1}`);
}

/** The header as it stands; a nameless column (pandas writes its index so) is called by its number. */
function headerNames(
  header: readonly string[],
  file: string,
  { caller }: Kind,
  options: CsvOptions,
): string[] {
  const names = header.map((name, at) => name.trim() || `column ${at + 1}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new DatasetError(
      'malformed',
      `${caller}: columns must have different names, got ${JSON.stringify(twice)} twice. Pass columnNames; with header: false if the first row is no header.`,
      { file, record: 1 },
    );
  }
  const other =
    names.length === 1 && options.delimiter === undefined ? /[;\t|,]/.exec(names[0] ?? '')?.[0] : undefined;
  if (other !== undefined) {
    throw new DatasetError(
      'malformed',
      `${caller}: the header is one column, ${JSON.stringify(names[0]?.slice(0, 40))}. Pass delimiter: ${JSON.stringify(other)}, or the one that is meant.`,
      { file, record: 1 },
    );
  }
  return names;
}

function checkWidth(names: readonly string[], first: readonly string[], file: string, caller: string): void {
  if (new Set(names).size !== names.length) throw new RangeError(`${caller}: columnNames must differ.`);
  if (names.length === first.length) return;
  throw new DatasetError(
    'malformed',
    `${caller}: ${names.length} columnNames were given, got ${first.length} columns.`,
    { file, record: 1 },
  );
}

function checkSameColumns(first: readonly string[], { names, file }: CellBlock, caller: string): void {
  if (names === first || names.join('\n') === first.join('\n')) return;
  throw new DatasetError(
    'malformed',
    `${caller}: every file must have the columns ${shownNames(first)}, got ${shownNames(names)}.`,
    { file, record: 1 },
  );
}

/** @internal Bytes of a text file; others are refused before they turn into strange columns. */
export async function* refuseBinary(
  member: Member,
  caller: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const piece of member.stream()) {
    const start = isFirst ? piece.subarray(0, 1024) : piece.subarray(0, 0);
    isFirst = false;
    const nul = start.indexOf(0);
    if (nul >= 0) {
      const wide = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff);
      throw new DatasetError(
        wide ? 'encoding' : 'malformed',
        `${caller}: a text file is needed, got ${wide ? 'UTF-16. Save it as UTF-8' : 'a binary one'}.`,
        { file: member.path, byte: nul },
      );
    }
    if (/^\s*<(!doctype html|html)/i.test(new TextDecoder('latin1').decode(start.subarray(0, 256)))) {
      throw new DatasetError(
        'malformed',
        `${caller}: a table is needed, got a web page. Download it again.`,
        { file: member.path, byte: 0 },
      );
    }
    yield piece;
  }
}
