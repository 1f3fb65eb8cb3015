export type { TransferErrorCode } from './errors.js';
export { TransferError } from './errors.js';
export type { LearnedRows, RowsColumnType, RowsFormat, RowsOptions } from './rows/open/rows-options.js';
export { readRows } from './rows/read-rows.js';
export type {
  ColumnSummary,
  EncodedRows,
  EncodeOptions,
  RowIndex,
  Rows,
  RowsKind,
  UnknownPolicy,
} from './rows/rows.js';
export type { RowsSource } from './rows/rows-source.js';
export type {
  CategoryColumn,
  CountsInput,
  DateColumn,
  ImagesInput,
  InputColumn,
  InputSchema,
  NumberColumn,
  OneHotColumns,
  TableInput,
  TextColumn,
  TextsInput,
} from './schema/input-schema.js';
export type { Layout } from './schema/layout.js';
export { layoutOf } from './schema/layout.js';
export type { OutputColumn, OutputSchema } from './schema/output-schema.js';
