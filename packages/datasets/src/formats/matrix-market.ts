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
  const fail = (code: 'malformed' | 'truncated', message: string, record?: number): never => {
    throw new DatasetError(code, `readMatrixMarket: ${message}`, { file: options.file, record });
  };
  let banner: { symmetric: number; pattern: boolean } | undefined;
  let size: [number, number, number] | undefined;
  let seen = 0;
  for await (const lines of readLines(bytes, options)) {
    const [rows, columns, values]: number[][] = [[], [], []] as number[][];
    for (const line of lines) {
      if (banner === undefined) {
        banner =
          parseBanner(line) ??
          fail(
            'malformed',
            `the first line must announce a coordinate matrix, got ${JSON.stringify(line.slice(0, 60))}.`,
          );
        continue;
      }
      if (line.startsWith('%') || line.trim() === '') continue;
      const numbers = line.trim().split(/\s+/).map(Number);
      if (size === undefined) {
        if (numbers.length !== 3 || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0))
          fail('malformed', 'the size line must be rows, columns and entries.');
        size = numbers as [number, number, number]; // three numbers, as just checked
        continue;
      }
      seen++;
      const [row = 0, column = 0, value = banner.pattern ? 1 : Number.NaN] = numbers;
      const inside =
        Number.isInteger(row) &&
        row >= 1 &&
        row <= size[0] &&
        Number.isInteger(column) &&
        column >= 1 &&
        column <= size[1];
      if (!inside || Number.isNaN(value) || numbers.length !== (banner.pattern ? 2 : 3) || seen > size[2]) {
        fail(
          'malformed',
          `an entry must be a row, a column and a value inside ${size[0]} × ${size[1]}, got ${JSON.stringify(line.slice(0, 60))} as entry ${seen} of ${size[2]}.`,
          seen,
        );
      }
      push(row - 1, column - 1, value);
      if (banner.symmetric !== 0 && row !== column) push(column - 1, row - 1, banner.symmetric * value);
    }
    if (size !== undefined && rows !== undefined && rows.length > 0) {
      yield {
        rowCount: size[0],
        columnCount: size[1],
        entryCount: size[2],
        rows: Int32Array.from(rows),
        columns: Int32Array.from(columns ?? []),
        values: Float64Array.from(values ?? []),
      };
    }
    function push(row: number, column: number, value: number) {
      rows?.push(row);
      columns?.push(column);
      values?.push(value);
    }
  }
  if (size === undefined) return fail('truncated', 'the file ends before its size line.');
  if (seen < size[2])
    fail('truncated', `${size[2]} entries are announced, the file ends after ${seen}.`, seen);
}

function parseBanner(line: string): { symmetric: number; pattern: boolean } | undefined {
  const match =
    /^%%MatrixMarket\s+matrix\s+coordinate\s+(real|integer|pattern)\s+(general|symmetric|skew-symmetric)\s*$/i.exec(
      line,
    );
  if (match === null) return undefined;
  const symmetry = match[2]?.toLowerCase();
  return {
    pattern: match[1]?.toLowerCase() === 'pattern',
    symmetric: symmetry === 'general' ? 0 : symmetry === 'symmetric' ? 1 : -1,
  };
}
