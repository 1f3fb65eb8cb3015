import type { Origin } from '@warmstart/datasets';
import type { InputSchema } from '../schema/input-schema.js';
import type { OutputColumn } from '../schema/output-schema.js';

export type RowsKind = InputSchema['kind'];

/** What all rows are, before anything is prepared: one number, or two, a row. */
export interface RowIndex {
  readonly rowCount: number;
  /**
   * A 40-bit whole number for what each row holds, columns by name, whatever their order: equal rows have equal ids in
   * every file. The label and a column of splits do not count.
   */
  readonly ids: Float64Array;
  /** Classes by number in `output.classNames`, −1 where unknown; or the number as it stands, NaN where unknown. */
  readonly outputs?: Float64Array;
  /** 0 training, 1 validation, 2 test, where the data say so (a column, or folders named train, val, test). */
  readonly parts?: Uint8Array;
}

/** Some rows as a network takes them. */
export interface EncodedRows {
  readonly rowCount: number;
  /** [rowCount, width]; token ids of texts, too */
  readonly features: Float32Array;
  /** As in {@link RowIndex}; undefined where the rows have no label. */
  readonly outputs?: Float64Array;
  /** [rowCount, width], 1 where a value was there, 0 where it was missing; undefined where all were. */
  readonly known?: Uint8Array;
}

/** What to do with a word, class or gene that the model never saw. */
export type UnknownPolicy = 'error' | 'missing';

export interface EncodeOptions {
  /** Which rows, ascending; default all. */
  readonly rows?: ArrayLike<number>;
  /** Rows a block at most. Default 1,024. */
  readonly blockRows?: number;
  /** Default `error`: a TransferError `unknown-value` that names column, words and how many rows. */
  readonly unknown?: UnknownPolicy;
  /** Told once at the end of what was unknown, a line each, under `unknown: 'missing'`. */
  readonly onNote?: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** A column as it was found, to be looked at before anything is spent. */
export interface ColumnSummary {
  readonly name: string;
  readonly type: 'number' | 'category' | 'date' | 'text' | 'label' | 'split' | 'ignored';
  /** Rows without a value. */
  readonly missing: number;
  /** For people: `numbers from 1 to 9`, `3 words (a, b, c)`, why it was ignored. */
  readonly summary: string;
}

/**
 * Rows that one can learn from or predict on: a view of a file, folder or data set, read when asked for. How they are
 * prepared, by name, is an {@link InputSchema}, fitted once on training rows and kept with the model.
 */
export interface Rows {
  readonly name: string;
  readonly kind: RowsKind;
  readonly origin: Origin;
  readonly licence?: string;
  readonly rowCount: number;
  /** Of tables; of other kinds what there is to say. */
  readonly columns: readonly ColumnSummary[];
  /** Undefined: rows without labels, good for pre-training and prediction. */
  readonly output?: OutputColumn;
  /** What each row is called, where rows are files. */
  readonly rowNames?: readonly string[];
  /** What was found and guessed, and which option overrules it: a line each. */
  readonly notes: readonly string[];
  /** One pass over the rows, then kept. */
  index(signal?: AbortSignal): Promise<RowIndex>;
  /** Learns from some rows, without their labels, how rows are prepared. @param rows - ascending row numbers */
  fitInput(rows: ArrayLike<number>, signal?: AbortSignal): Promise<InputSchema>;
  /**
   * Rows prepared as a schema says, columns, genes and classes matched by name.
   *
   * @throws TransferError `no-column` if the schema's columns are not there, `other-data` for another kind of rows,
   *   `unknown-value`, `bad-value`
   */
  encode(input: InputSchema, options?: EncodeOptions): AsyncIterable<EncodedRows>;
}
