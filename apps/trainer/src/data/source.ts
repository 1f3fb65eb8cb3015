import type { Columns, Dataset, Table } from '@warmstart/datasets';

/** What kind of rows there are: how they are prepared, hidden and rebuilt follows from it. */
export type DataKind = 'table' | 'counts' | 'images' | 'texts';

/** What is to be learned of a row. */
export type Answer =
  | { kind: 'classes'; column: string; classNames: readonly string[] }
  | { kind: 'number'; column: string };

/** How a file's columns were read. */
export type OwnTable = Table & {
  /** What meant "no value" besides the usual words. */
  missingWords?: readonly string[];
};

/** Rows as they were opened, before anything is prepared. */
export interface Source {
  name: string;
  kind: DataKind;
  origin: string;
  /** Known for data sets with a card. */
  licence?: string;
  /** Columns `features`, `image` or `text`, categories under their names, `label` or `target` where there is one. */
  dataset: Dataset<Columns>;
  /** Of files with named columns: how they were read; reads new rows in the same way. */
  table?: OwnTable;
  /** Undefined: rows without an answer, good for pre-training. */
  answer?: Answer;
  /** What was guessed, and why: shown to the user. */
  notes: string[];
}
