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
type Entry = readonly [row: number, column: number, value: number];
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
  for await (const lines of readLines(bytes, options)) {
    const block: Entry[] = [];
    for (const line of lines) {
      if (banner === undefined) {
        banner = parseBanner(line, fail);
      } else if (line.startsWith('%') || line.trim() === '') {
        // a comment
      } else if (size === undefined) {
        size = parseSize(line, fail);
      } else {
        const entry = parseEntry(line, { banner, size, number: ++seen }, fail);
        const [row, column, value] = entry;
        block.push(entry);
        if (banner.symmetric !== 0 && row !== column) block.push([column, row, banner.symmetric * value]);
      }
    }
    if (size !== undefined && block.length > 0) yield entriesOf(block, size);
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

/** One entry, counted from 0. */
function parseEntry(
  line: string,
  { banner, size, number }: { banner: Banner; size: Size; number: number },
  fail: Fail,
): Entry {
  const fields = line.trim().split(/\s+/).map(Number);
  const [row = 0, column = 0, value = banner.pattern ? 1 : Number.NaN] = fields;
  const within = (index: number, count: number) => Number.isInteger(index) && index >= 1 && index <= count;
  const inside = within(row, size[0]) && within(column, size[1]);
  if (!inside || !Number.isFinite(value) || fields.length !== (banner.pattern ? 2 : 3) || number > size[2]) {
    fail(
      'malformed',
      `an entry must be a row, a column and a value inside ${size[0]} × ${size[1]}, got ${JSON.stringify(line.slice(0, 60))} as entry ${number} of ${size[2]}.`,
      number,
    );
  }
  return [row - 1, column - 1, value];
}

function entriesOf(block: readonly Entry[], [rowCount, columnCount, entryCount]: Size): MatrixEntries {
  return {
    rowCount,
    columnCount,
    entryCount,
    rows: Int32Array.from(block, ([row]) => row),
    columns: Int32Array.from(block, ([, column]) => column),
    values: Float64Array.from(block, ([, , value]) => value),
  };
}
