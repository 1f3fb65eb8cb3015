export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** One column of some rows: numbers row by row in one array, or one string or byte array per row. */
export type ColumnData = TypedArray | string[] | Uint8Array[];

export interface Columns {
  [column: string]: ColumnData;
}

export interface ColumnInfo {
  readonly dtype: 'float32' | 'float64' | 'int32' | 'uint8' | 'string' | 'bytes';
  /** Of one row; `[]` for a scalar, string or byte array. */
  readonly shape: readonly number[];
  /** Present where the numbers are zero-based classes. */
  readonly classNames?: readonly string[];
  /** One name per feature where the row is a vector of named features. */
  readonly names?: readonly string[];
  /** How many neighbouring features are one category, one-hot. */
  readonly groupSize?: number;
  /** Identifiers of the same features where they have some besides their names, e.g. Ensembl's of genes. */
  readonly ids?: readonly string[];
  /** The column this one was computed from, where it adds nothing to it. */
  readonly derivedFrom?: string;
}

export type Schema<C extends Columns = Columns> = { readonly [K in keyof C]: ColumnInfo };

/** Some rows, column by column. `shapes` give each column's full shape, `[rowCount, ...row shape]`. */
export interface Batch<C extends Columns = Columns> {
  readonly rowCount: number;
  readonly columns: C;
  readonly shapes: { readonly [K in keyof C]: readonly number[] };
}

/** @internal Numbers (or strings, or byte arrays) one row takes in a column. */
export function rowWidth(info: ColumnInfo): number {
  return info.shape.reduce((product, size) => product * size, 1);
}

/**
 * Rows from columns, checked against their schema.
 *
 * @throws RangeError if a column is missing, unknown, of another kind, or not `rowCount` rows long
 */
export function makeBatch<C extends Columns>(schema: Schema<C>, columns: C, rowCount: number): Batch<C> {
  const names = Object.keys(schema);
  const unknown = Object.keys(columns).find((name) => !Object.hasOwn(schema, name));
  if (unknown !== undefined) {
    const remedy =
      unknown === 'rowCount'
        ? 'Return the columns alone, not the batch.'
        : 'A change that adds columns gives their schema: map(change, { schema }).';
    throw new RangeError(
      `makeBatch: columns must be those of the schema, got "${unknown}" beside them. ${remedy}`,
    );
  }
  for (const name of names) checkColumn(name, schema[name] as ColumnInfo, columns[name], rowCount);
  return assembleBatch(schema, columns, rowCount);
}

function checkColumn(name: string, info: ColumnInfo, data: ColumnData | undefined, rowCount: number): void {
  const wanted = rowCount * rowWidth(info);
  if (data === undefined || data.length !== wanted) {
    throw new RangeError(
      `makeBatch: column "${name}" must hold ${wanted} values for ${rowCount} rows, got ${data?.length ?? 'none'}.`,
    );
  }
  if (data.constructor !== allocate(info, 0).constructor) {
    throw new RangeError(`makeBatch: column "${name}" must be ${info.dtype}, got ${data.constructor.name}.`);
  }
}

/** @internal The same without checks, for columns made beside their schema. */
export function assembleBatch<C extends Columns>(schema: Schema<C>, columns: C, rowCount: number): Batch<C> {
  const shapes = Object.fromEntries(
    Object.entries<ColumnInfo>(schema).map(([name, info]) => [name, [rowCount, ...info.shape]]),
  );
  // one shape per schema column, and C has exactly the schema's columns
  return { rowCount, columns, shapes: shapes as unknown as Batch<C>['shapes'] };
}

/** Room for `rowCount` rows of a column. */
function allocate(info: ColumnInfo, rowCount: number): ColumnData {
  const length = rowCount * rowWidth(info);
  switch (info.dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'uint8':
      return new Uint8Array(length);
    case 'string':
      return new Array<string>(length).fill('');
    case 'bytes':
      return new Array<Uint8Array>(length).fill(new Uint8Array(0));
  }
}

/** @internal How many rows columns hold. */
export function countRows<C extends Columns>(columns: C, schema: Schema<C>): number {
  for (const [name, info] of Object.entries<ColumnInfo>(schema)) {
    const data = columns[name];
    if (data !== undefined) return data.length / (rowWidth(info) || 1);
  }
  return 0;
}

/** Rows `start` to before `end`; number columns are views of the same memory. */
export function sliceBatch<C extends Columns>(
  schema: Schema<C>,
  batch: Batch<C>,
  start: number,
  end: number,
): Batch<C> {
  if (start === 0 && end === batch.rowCount) return batch;
  return mapColumns(schema, end - start, (name, info) => {
    const data = batch.columns[name] as ColumnData;
    const width = rowWidth(info);
    return Array.isArray(data) ? data.slice(start, end) : data.subarray(start * width, end * width);
  });
}

/** The given rows, in the given order, as a copy. */
export function gatherRows<C extends Columns>(
  schema: Schema<C>,
  batch: Batch<C>,
  rows: ArrayLike<number>,
): Batch<C> {
  return mapColumns(schema, rows.length, (name, info) => {
    const from = batch.columns[name] as ColumnData;
    const to = allocate(info, rows.length);
    copyRows(from, to, rows, rowWidth(info));
    return to;
  });
}

function copyRows(from: ColumnData, to: ColumnData, rows: ArrayLike<number>, width: number): void {
  if (Array.isArray(from) || width === 1) {
    for (let i = 0; i < rows.length; i++) to[i] = from[rows[i] as number] as never;
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * width;
    // both are the typed array of the column's dtype
    (to as Float32Array).set(from.subarray(start, start + width) as Float32Array, i * width);
  }
}

/** All rows of several batches, one after another. */
export function concatBatches<C extends Columns>(schema: Schema<C>, batches: readonly Batch<C>[]): Batch<C> {
  const [only] = batches;
  if (only !== undefined && batches.length === 1) return only;
  const rowCount = batches.reduce((sum, batch) => sum + batch.rowCount, 0);
  return mapColumns(schema, rowCount, (name, info) => {
    const parts = batches.map((batch) => batch.columns[name] as ColumnData);
    if (info.dtype === 'string' || info.dtype === 'bytes') return (parts as string[][]).flat();
    const whole = allocate(info, rowCount) as Float32Array;
    let at = 0;
    for (const part of parts as Float32Array[]) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  });
}

function mapColumns<C extends Columns>(
  schema: Schema<C>,
  rowCount: number,
  make: (name: string, info: ColumnInfo) => ColumnData,
): Batch<C> {
  const columns = Object.fromEntries(
    Object.entries<ColumnInfo>(schema).map(([name, info]) => [name, make(name, info)]),
  );
  return assembleBatch(schema, columns as C, rowCount); // one entry per schema column
}
