import { DatasetError } from '../errors.js';
import type { LineOptions } from './lines.js';
import { readLines } from './lines.js';

/** Some entries of a sparse matrix; rows and columns count from 0. */
export interface MatrixEntries {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Entries in the whole file; symmetric ones count once. */
  readonly entryCount: number;
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** 1 where the matrix holds only a pattern. */
  readonly values: Float64Array;
}

type Size = readonly [rowCount: number, columnCount: number, entryCount: number];
type Fail = (code: 'malformed' | 'truncated', message: string, record?: number) => never;

interface Banner {
  /** 1 or −1 where the other half is this one, or this one with its sign turned; else 0. */
  readonly symmetric: number;
  readonly pattern: boolean;
}

/**
 * A Matrix Market file in coordinate form (10x Genomics' and many other count matrices), in blocks.
 * Of a symmetric matrix both halves are given.
 *
 * @throws DatasetError `malformed` or `truncated`, with the entry
 * @see Boisvert, Pozo, Remington 1996, "The Matrix Market Exchange Formats", NISTIR 5935
 */
export async function* readMatrixMarket(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<MatrixEntries, void, undefined> {
  const fail: Fail = (code, message, record) => {
    throw new DatasetError(code, `readMatrixMarket: ${message}`, { file: options.file, record });
  };
  let banner: Banner | undefined;
  let size: Size | undefined;
  let seen = 0;
  const entry = { row: 0, column: 0, value: 1 };
  for await (const lines of readLines(bytes, options)) {
    const block = new EntryBlock(2 * lines.length); // a symmetric entry counts twice
    for (const line of lines) {
      if (banner === undefined) {
        banner = parseBanner(line, fail);
      } else if (line.charCodeAt(0) === percent || line.trim() === '') {
        // a comment
      } else if (size === undefined) {
        size = parseSize(line, fail);
      } else {
        if (!parsePlain(line, entry) || banner.pattern) parseAny(line, banner, entry);
        checkEntry(entry, { line, size, number: ++seen }, fail);
        const [row, column] = [entry.row - 1, entry.column - 1];
        block.add(row, column, entry.value);
        if (banner.symmetric !== 0 && row !== column) block.add(column, row, banner.symmetric * entry.value);
      }
    }
    if (size !== undefined && block.length > 0) yield block.finish(size);
  }
  if (size === undefined) return fail('truncated', 'the file ends before its size line.');
  if (seen < size[2])
    fail('truncated', `${size[2]} entries are announced, the file ends after ${seen}.`, seen);
}

function parseBanner(line: string, fail: Fail): Banner {
  const match =
    /^%%MatrixMarket\s+matrix\s+coordinate\s+(real|integer|pattern)\s+(general|symmetric|skew-symmetric)\s*$/i.exec(
      line,
    );
  if (match === null) {
    const got = JSON.stringify(line.slice(0, 60));
    return fail('malformed', `the first line must announce a coordinate matrix, got ${got}.`);
  }
  const symmetry = match[2]?.toLowerCase();
  return {
    pattern: match[1]?.toLowerCase() === 'pattern',
    symmetric: symmetry === 'general' ? 0 : symmetry === 'symmetric' ? 1 : -1,
  };
}

function parseSize(line: string, fail: Fail): Size {
  const [rows = -1, columns = -1, entries = -1, ...rest] = line.trim().split(/\s+/).map(Number);
  const size = [rows, columns, entries] as const;
  if (rest.length > 0 || !size.every((n) => Number.isSafeInteger(n) && n >= 0))
    fail('malformed', 'the size line must be rows, columns and entries.');
  return size;
}

interface Entry {
  row: number;
  column: number;
  value: number;
}

const percent = 37;

/** The usual line, `row column value` with a space between; false for any other, which says nothing against it. */
function parsePlain(line: string, entry: Entry): boolean {
  let at = 0;
  let code = line.charCodeAt(at);
  let row = 0;
  for (; code >= 48 && code <= 57; code = line.charCodeAt(++at)) row = row * 10 + code - 48;
  if (code !== 32 || at === 0 || at > 9) return false;
  const second = ++at;
  let column = 0;
  code = line.charCodeAt(at);
  for (; code >= 48 && code <= 57; code = line.charCodeAt(++at)) column = column * 10 + code - 48;
  if (code !== 32 || at === second || at - second > 9) return false;
  const third = ++at;
  let value = 0;
  code = line.charCodeAt(at);
  for (; code >= 48 && code <= 57; code = line.charCodeAt(++at)) value = value * 10 + code - 48;
  if (third === line.length) return false;
  entry.row = row;
  entry.column = column;
  entry.value = at === line.length && at - third <= 15 ? value : numberFrom(line, third);
  return true;
}

/** NaN where no field or more than one is left: blanks within make it NaN, blanks around do not matter. */
function numberFrom(line: string, at: number): number {
  const field = line.slice(at);
  return field.trim() === '' ? Number.NaN : Number(field);
}

/** Fields with any blanks between them; a value of NaN for too many, or too few. */
function parseAny(line: string, { pattern }: Banner, entry: Entry): void {
  const fields = line.trim().split(/\s+/).map(Number);
  [entry.row = 0, entry.column = 0] = fields;
  const value = pattern ? 1 : (fields[2] ?? Number.NaN);
  entry.value = fields.length === (pattern ? 2 : 3) ? value : Number.NaN;
}

function checkEntry(
  { row, column, value }: Entry,
  { line, size, number }: { line: string; size: Size; number: number },
  fail: Fail,
): void {
  const within = (index: number, count: number) => Number.isInteger(index) && index >= 1 && index <= count;
  if (within(row, size[0]) && within(column, size[1]) && Number.isFinite(value) && number <= size[2]) return;
  fail(
    'malformed',
    `an entry must be a row, a column and a value inside ${size[0]} × ${size[1]}, got ${JSON.stringify(line.slice(0, 60))} as entry ${number} of ${size[2]}.`,
    number,
  );
}

/** Entries of one block, gathered. */
class EntryBlock {
  length = 0;
  readonly #rows: Int32Array;
  readonly #columns: Int32Array;
  readonly #values: Float64Array;

  constructor(room: number) {
    this.#rows = new Int32Array(room);
    this.#columns = new Int32Array(room);
    this.#values = new Float64Array(room);
  }

  add(row: number, column: number, value: number): void {
    this.#rows[this.length] = row;
    this.#columns[this.length] = column;
    this.#values[this.length++] = value;
  }

  finish([rowCount, columnCount, entryCount]: Size): MatrixEntries {
    return {
      rowCount,
      columnCount,
      entryCount,
      rows: this.#rows.subarray(0, this.length),
      columns: this.#columns.subarray(0, this.length),
      values: this.#values.subarray(0, this.length),
    };
  }
}
