/** Entries of a sparse matrix, gathered in any order, then sorted by row. */
export class SparseRows {
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

  /**
   * Sorts what was added.
   *
   * @returns a function that writes one row's entries into zeros
   */
  finish(rowCount: number): (row: number, into: Float32Array, start: number) => void {
    const starts = new Uint32Array(rowCount + 1);
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
    [this.#rows, this.#columns, this.#values] = [new Int32Array(0), new Int32Array(0), new Float32Array(0)];
    return (row, into, start) => {
      for (let i = starts[row] as number; i < (starts[row + 1] as number); i++) {
        const at = start + (columns[i] as number);
        into[at] = (into[at] as number) + (values[i] as number); // an entry given twice counts twice
      }
    };
  }
}
