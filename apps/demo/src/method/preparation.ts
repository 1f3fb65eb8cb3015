/** Rows of numbers under names; a missing value is NaN. */
export interface Matrix {
  names: readonly string[];
  rowCount: number;
  /** [rowCount, names.length] */
  values: Float32Array;
}

/** What is done to the numbers of a file before they are learned from; the same is done to new rows. */
export interface Preparation {
  /** the columns that are kept, in order */
  names: readonly string[];
  /** of the known values of each kept column */
  means: Float32Array;
  /** `log`: log(1 + x); `depth`: before it each row is brought to the same sum */
  counts: 'none' | 'log' | 'depth';
  /** in words */
  notes: string[];
}

export const mostColumns = 2000;
/** what each row of a count matrix is brought to, as is usual for cells */
export const depthTarget = 10_000;

export function preparationOf(matrix: Matrix): Preparation {
  const { names, values } = matrix;
  const width = names.length;
  const notes: string[] = [];
  const missing = values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
  if (missing > 0)
    notes.push(`${missing.toLocaleString('en')} missing values were replaced by the mean of their column.`);
  const counts = kindOfCounts(values, width);
  if (counts === 'log')
    notes.push('All values are counts, some of them large: they were replaced by log(1 + count).');
  if (counts === 'depth') notes.push(depthNote);
  const all: Preparation = { names, means: meansOf(matrix), counts, notes };
  if (width <= mostColumns) return all;
  notes.push(columnsNote(width));
  const kept = mostVarying(prepared(matrix, all, 'the table'), width);
  return {
    ...all,
    names: Array.from(kept, (column) => names[column] as string),
    means: Float32Array.from(kept, (column) => all.means[column] as number),
  };
}

export const depthNote = `All values are counts: each row was brought to a sum of ${depthTarget.toLocaleString('en')}, then replaced by log(1 + x).`;

export function columnsNote(width: number): string {
  return `Of ${width.toLocaleString('en')} columns the ${mostColumns.toLocaleString('en')} that vary most are used.`;
}

/**
 * The rows as they are learned from: [rowCount, preparation.names.length].
 *
 * @throws Error in plain words if columns are missing
 */
export function prepared(matrix: Matrix, { names, means, counts }: Preparation, file: string): Float32Array {
  const places = new Map(matrix.names.map((name, place) => [name, place]));
  const missing = names.filter((name) => !places.has(name));
  if (missing.length > 0) {
    const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
    throw new Error(
      `${file} lacks columns that were learned from: ${missing.slice(0, 5).join(', ')}${more}.`,
    );
  }
  const from = Int32Array.from(names, (name) => places.get(name) as number);
  const result = new Float32Array(matrix.rowCount * names.length);
  const width = matrix.names.length;
  for (let row = 0; row < matrix.rowCount; row++) {
    const line = matrix.values.subarray(row * width, (row + 1) * width);
    const depth = counts === 'depth' ? line.reduce((sum, value) => sum + (value || 0), 0) || 1 : depthTarget;
    for (let column = 0; column < names.length; column++) {
      const found = line[from[column] as number] as number;
      const value = Number.isNaN(found) ? (means[column] as number) : found;
      result[row * names.length + column] =
        counts === 'none' ? value : Math.log1p(Math.max(0, (value * depthTarget) / depth));
    }
  }
  return result;
}

function meansOf({ names, values }: Matrix): Float32Array {
  const [sums, known] = [new Float64Array(names.length), new Float64Array(names.length)];
  for (let i = 0; i < values.length; i++) {
    const [column, value] = [i % names.length, values[i] as number];
    if (Number.isNaN(value)) continue;
    sums[column] = (sums[column] as number) + value;
    known[column] = (known[column] as number) + 1;
  }
  return Float32Array.from(sums, (sum, column) => sum / Math.max(1, known[column] as number));
}

/** Whole numbers from 0 on, some above 100; with 100 columns and more, those of a sequencer. */
function kindOfCounts(values: Float32Array, width: number): Preparation['counts'] {
  let most = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (value < 0 || !Number.isInteger(value)) return 'none';
    most = Math.max(most, value);
  }
  if (width >= 100 && most > 20) return 'depth';
  return most > 100 ? 'log' : 'none';
}

/** In their old order. */
function mostVarying(values: Float32Array, width: number): Int32Array {
  const rows = values.length / width;
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sums[i % width] = (sums[i % width] as number) + value;
    squares[i % width] = (squares[i % width] as number) + value * value;
  }
  return topColumns(squares.map((square, column) => square / rows - ((sums[column] as number) / rows) ** 2));
}

/** The columns of largest variance, at most so many as are used, in their old order. */
export function topColumns(variance: Float64Array): Int32Array {
  const order = Int32Array.from(variance.keys());
  order.sort((a, b) => (variance[b] as number) - (variance[a] as number));
  return order.slice(0, mostColumns).sort();
}
