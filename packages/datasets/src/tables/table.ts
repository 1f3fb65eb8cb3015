/** How a column is read: into `features`, as classes, as it stands, or not at all. */
export type ColumnType = 'number' | 'category' | 'text' | 'ignore';

/** One column of a table file and what reading it through told. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: 'feature' | 'label' | 'target';
  /** Whether the type was asked for, or follows from the values. */
  readonly stated: boolean;
  /** Of categories: the values, in order; a row holds the index. */
  readonly classNames?: readonly string[];
  /** Rows in which it has no value. */
  readonly missing: number;
  /** Of numbers, over the rows that have one. */
  readonly mean?: number;
  readonly min?: number;
  readonly max?: number;
}

/**
 * How a table's columns are read. Plain JSON: keep it with a model and give it to `fromCsv` and its sisters
 * again, and new rows are read with the same columns, classes and means.
 */
export interface Table {
  readonly rowCount: number;
  readonly columns: readonly TableColumn[];
}

/** @internal Columns that end up in batches, by what they become. */
export function columnsByUse(table: Table): {
  readonly numbers: TableColumn[];
  readonly categories: TableColumn[];
  readonly texts: TableColumn[];
  readonly label: TableColumn | undefined;
  readonly target: TableColumn | undefined;
} {
  const features = table.columns.filter(({ role }) => role === 'feature');
  const of = (type: ColumnType) => features.filter((column) => column.type === type);
  return {
    numbers: of('number'),
    categories: of('category'),
    texts: of('text'),
    label: table.columns.find(({ role }) => role === 'label'),
    target: table.columns.find(({ role }) => role === 'target'),
  };
}

/** @internal `name "a", "b"` and so on, five at most, for messages. */
export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name));
  return names.length > 5 ? `${shown.join(', ')} and ${names.length - 5} more` : shown.join(', ');
}
