import type { Batch, ColumnInfo, Columns, Dataset, RawTable, Schema } from '@warmstart/datasets';
import { RawColumn } from '@warmstart/datasets';

/** A data set's rows as columns of their own, and which neighbours are one category. */
export async function datasetTable(
  dataset: Dataset,
  signal: AbortSignal | undefined,
): Promise<{ table: RawTable; groups: Map<string, number> }> {
  const sources = Object.values<ColumnInfo>(dataset.schema).map(({ derivedFrom }) => derivedFrom);
  const names = Object.keys(dataset.schema).filter((name) => !sources.includes(name));
  const parts = names.map((name) => new DatasetColumn(name, dataset.schema));
  let rowCount = 0;
  for await (const batch of dataset.iterate(signal ? { signal } : {})) {
    for (const part of parts) part.add(batch, rowCount);
    rowCount += batch.rowCount;
  }
  const groups = new Map<string, number>();
  for (const part of parts) part.addGroups(groups);
  const columns = parts.flatMap((part) => part.columns);
  return {
    groups,
    table: {
      rowCount,
      columns,
      names: columns.map(({ name }) => name),
      origin: dataset.origin,
      notes: dataset.notes,
      placeOf: (row) => ({ record: row + 1 }),
    },
  };
}

/** One column of a data set, which may hold several numbers a row. */
class DatasetColumn {
  readonly columns: readonly RawColumn[];
  readonly #name: string;
  readonly #info: ColumnInfo;

  constructor(name: string, schema: Schema) {
    this.#name = name;
    this.#info = schema[name] as ColumnInfo;
    const [width] = this.#info.shape;
    const names = width === undefined ? [name] : (this.#info.names ?? numbered(name, width));
    this.columns = names.map((column) => new RawColumn(column));
  }

  add(batch: Batch<Columns>, firstRow: number): void {
    const data = batch.columns[this.#name];
    const { classNames, shape } = this.#info;
    const width = shape[0] ?? 1;
    for (let row = 0; row < batch.rowCount; row++) {
      for (let at = 0; at < width; at++) {
        const value = data?.[row * width + at];
        const column = this.columns[at] as RawColumn;
        const word = typeof value === 'number' && classNames ? classNames[value] : value;
        if (typeof word === 'number') {
          if (!Number.isNaN(word)) column.setNumber(firstRow + row, word);
        } else if (typeof word === 'string' && word.trim() !== '')
          column.setWord(firstRow + row, word.trim());
      }
    }
  }

  addGroups(groups: Map<string, number>): void {
    const { groupSize } = this.#info;
    if (groupSize === undefined) return;
    for (let at = 0; at < this.columns.length; at += groupSize)
      groups.set((this.columns[at] as RawColumn).name, groupSize);
  }
}

function numbered(name: string, width: number): string[] {
  return Array.from({ length: width }, (_, at) => `${name} ${at + 1}`);
}
