/** Numbers of samples by genes, of which only those that are not 0 are held. */
export class SparseMatrix {
  readonly rowCount: number;
  readonly columnCount: number;
  /** Where each row's entries begin; one more than there are rows. */
  readonly starts: Float64Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;

  /** @param parts - entries of row `r` are those from `starts[r]` to before `starts[r + 1]` */
  constructor(
    size: readonly [rowCount: number, columnCount: number],
    parts: { readonly starts: Float64Array; readonly columns: Int32Array; readonly values: Float32Array },
  ) {
    [this.rowCount, this.columnCount] = size;
    this.starts = parts.starts;
    this.columns = parts.columns;
    this.values = parts.values;
  }

  /** Writes a row's entries into zeros; those of one place add up, as in scipy. */
  fill(row: number, into: Float32Array, start: number): void {
    for (let i = this.starts[row] as number; i < (this.starts[row + 1] as number); i++) {
      const at = start + (this.columns[i] as number);
      into[at] = (into[at] as number) + (this.values[i] as number);
    }
  }

  /** Rows as columns. */
  transpose(): SparseMatrix {
    const builder = new SparseBuilder();
    for (let row = 0; row < this.rowCount; row++) {
      for (let i = this.starts[row] as number; i < (this.starts[row + 1] as number); i++)
        builder.add(this.columns[i] as number, row, this.values[i] as number);
    }
    return builder.finish(this.columnCount, this.rowCount);
  }

  /** The given columns alone, in their order. */
  select(columns: readonly number[]): SparseMatrix {
    const places = new Int32Array(this.columnCount).fill(-1);
    for (const [place, column] of columns.entries()) places[column] = place;
    const builder = new SparseBuilder();
    for (let row = 0; row < this.rowCount; row++) {
      for (let i = this.starts[row] as number; i < (this.starts[row + 1] as number); i++) {
        const place = places[this.columns[i] as number] as number;
        if (place >= 0) builder.add(row, place, this.values[i] as number);
      }
    }
    return builder.finish(this.rowCount, columns.length);
  }
}

/** Entries of a sparse matrix, gathered in any order. */
export class SparseBuilder {
  #rows = new Int32Array(1024);
  #columns = new Int32Array(1024);
  #values = new Float32Array(1024);
  #count = 0;

  add(row: number, column: number, value: number): void {
    if (this.#count === this.#rows.length) this.#grow();
    this.#rows[this.#count] = row;
    this.#columns[this.#count] = column;
    this.#values[this.#count++] = value;
  }

  #grow(): void {
    const room = this.#count * 2;
    const [rows, columns, values] = [new Int32Array(room), new Int32Array(room), new Float32Array(room)];
    rows.set(this.#rows);
    columns.set(this.#columns);
    values.set(this.#values);
    [this.#rows, this.#columns, this.#values] = [rows, columns, values];
  }

  /** Sorts what was added by rows; the builder is empty afterwards. */
  finish(rowCount: number, columnCount: number): SparseMatrix {
    const starts = new Float64Array(rowCount + 1);
    for (let i = 0; i < this.#count; i++) {
      const next = (this.#rows[i] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let row = 0; row < rowCount; row++)
      starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
    const columns = new Int32Array(this.#count);
    const values = new Float32Array(this.#count);
    const next = starts.slice();
    for (let i = 0; i < this.#count; i++) {
      const row = this.#rows[i] as number;
      const at = next[row] as number;
      next[row] = at + 1;
      columns[at] = this.#columns[i] as number;
      values[at] = this.#values[i] as number;
    }
    [this.#rows, this.#columns, this.#values, this.#count] = [
      new Int32Array(1024),
      new Int32Array(1024),
      new Float32Array(1024),
      0,
    ];
    return new SparseMatrix([rowCount, columnCount], { starts, columns, values });
  }
}
