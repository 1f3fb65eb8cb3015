import { DatasetError } from '../errors.js';
import type { DataNote } from '../notes.js';
import type { CountMatrix } from './count-matrix.js';
import type { CountOptions, CountValues } from './count-options.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** The logarithm to base 2 of more counts of one gene than a cell has molecules. */
const largestLogarithm = 30;

/** What was found out about the numbers. */
interface Scale {
  readonly values: CountValues;
  readonly notes: readonly DataNote[];
}

/**
 * @internal Tells counts from their logarithms: logarithms are not whole, and small.
 *
 * @throws DatasetError `malformed` for negative and infinite numbers that nobody said are scaled
 */
export function scaleOf({ matrix, file, logged }: CountMatrix, { values = 'auto' }: CountOptions): Scale {
  let [largest, smallest, whole] = [0, 0, true];
  for (const value of matrix.values) {
    if (!Number.isFinite(value)) throw notANumber(value, file);
    if (value > largest) largest = value;
    if (value < smallest) smallest = value;
    if (whole && !Number.isInteger(value)) whole = false;
  }
  const empty = emptyRows(matrix);
  const notes: DataNote[] =
    empty === 0
      ? []
      : [
          {
            kind: 'found',
            code: 'empty-samples',
            message: `${empty} of ${matrix.rowCount} samples have no counts at all.`,
          },
        ];
  if (values !== 'auto' && (values === 'scaled' || smallest >= 0)) return { values, notes };
  if (smallest < 0) {
    const message =
      `fromCounts: counts must be 0 or more, got ${smallest}. If they are scaled already, pass values: 'scaled'; ` +
      'if the file holds the counts too (a layer, raw), read those.';
    throw new DatasetError('malformed', message, { file });
  }
  const shown = Number(largest.toPrecision(4));
  if (logged === true || (!whole && largest <= largestLogarithm)) {
    const reason = logged === true ? 'the file says so' : `they are not whole numbers and at most ${shown}`;
    const message = `The values are logarithms already (${reason}), and are not to be logged again.`;
    return {
      values: 'logged',
      notes: [...notes, { kind: 'guessed', code: 'already-logged', message, option: 'values' }],
    };
  }
  if (whole) return { values: 'counts', notes };
  const message = `The values are not whole numbers, up to ${shown}: they are read as estimates of counts.`;
  return {
    values: 'counts',
    notes: [...notes, { kind: 'guessed', code: 'estimated-counts', message, option: 'values' }],
  };
}

function emptyRows({ starts, values, rowCount }: SparseMatrix): number {
  let empty = 0;
  for (let row = 0; row < rowCount; row++) {
    let at = starts[row] as number;
    while (at < (starts[row + 1] as number) && values[at] === 0) at++;
    if (at === starts[row + 1]) empty++;
  }
  return empty;
}

function notANumber(value: number, file: string): DatasetError {
  return new DatasetError('malformed', `fromCounts: every count must be a number, got ${value}.`, { file });
}
