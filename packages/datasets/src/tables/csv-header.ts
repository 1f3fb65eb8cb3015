import { DatasetError } from '../errors.js';
import type { TextEncoding } from '../formats/decode-text.js';
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

/** CSV or TSV. */
export interface CsvKind {
  readonly delimiter: string;
  readonly names: RegExp;
  readonly caller: string;
}

/** @internal The columns' names, from the options or a file's first row. */
export function columnNamesOf(
  first: readonly string[],
  file: string,
  kind: CsvKind,
  options: CsvOptions,
): readonly string[] {
  const { header = true, columnNames } = options;
  const names = columnNames ?? (header ? headerNames(first, file, kind) : numbered(first.length));
  checkWidth(names, first, file, kind.caller);
  return names;
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `column ${at + 1}`);
}

/** The header as it stands; a nameless column (pandas writes its index so) is called by its number. */
function headerNames(header: readonly string[], file: string, { caller }: CsvKind): string[] {
  const names = header.map((name, at) => name.trim() || `column ${at + 1}`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new DatasetError(
      'malformed',
      `${caller}: columns must have different names, got ${JSON.stringify(twice)} twice. Pass columnNames; with header: false if the first row is no header.`,
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

/**
 * @internal A first line without the delimiter, but with another one, is hardly meant as one column.
 *
 * @throws DatasetError `malformed`, unless the delimiter was chosen
 */
export function checkDelimiter(line: Uint8Array, file: string, kind: CsvKind, options: CsvOptions): void {
  if (options.delimiter !== undefined) return;
  const text = new TextDecoder().decode(line).trim();
  const other = text.includes(kind.delimiter) ? undefined : /[;\t|,]/.exec(text)?.[0];
  if (other === undefined) return;
  throw new DatasetError(
    'malformed',
    `${kind.caller}: the first row is one column, ${JSON.stringify(text.slice(0, 40))}. Pass delimiter: ${JSON.stringify(other)}, or the one that is meant.`,
    { file, record: 1 },
  );
}
