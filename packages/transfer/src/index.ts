export { cardJsonSchema } from './cards/card-schema.js';
export type { EncoderCard, ModelCard, Origin, PredictorCard } from './cards/model-card.js';
export type { SaveTarget } from './cards/model-file.js';
export type { ComparedArm, CompareEvent, CompareOptions, Comparison, DrawResult } from './compare.js';
export { compare } from './compare.js';
export type { ArmName, Guiding } from './comparing/arms.js';
export { armNames } from './comparing/arms.js';
export type { Interval } from './comparing/intervals.js';
export { holm, meanInterval, pairedInterval, pairedTest } from './comparing/intervals.js';
export type { LabelDraw } from './draws.js';
export { drawLabels } from './draws.js';
export type { Architecture, Encoder } from './encoders/architecture.js';
export { featureCountOf, newEncoder } from './encoders/architecture.js';
export type { TransferErrorCode } from './errors.js';
export { TransferError } from './errors.js';
export { pythonProgram, typescriptProgram } from './exporting/programs.js';
export { finetune } from './finetune.js';
export type { FinetuneOptions } from './finetune-options.js';
export type { FitHooks } from './fit-hooks.js';
export type { Evaluation, Predictions, PredictOptions } from './model/model.js';
export { Model } from './model/model.js';
export type { Network } from './model/network.js';
export { openEncoder, openModel } from './open-model.js';
export type { PretrainOptions } from './pretrain.js';
export { pretrain } from './pretrain.js';
export { PretrainedEncoder } from './pretrained-encoder.js';
export type { RebuiltRows } from './rebuild/rebuilt-rows.js';
export type { LearnedRows, RowsColumnType, RowsFormat, RowsOptions } from './rows/open/rows-options.js';
export type { PreparedRows } from './rows/prepared-rows.js';
export { prepareRows, takeRows } from './rows/prepared-rows.js';
export { readRows } from './rows/read-rows.js';
export type { RememberedRows } from './rows/row-ids.js';
export { recallRows } from './rows/row-ids.js';
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
export type { SplitShares, Splits } from './rows/splits.js';
export { splitRows } from './rows/splits.js';
export { tailDrawnIn } from './rows/tables/encode-columns.js';
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
export { meantOutputs, scoreClasses, scoreOutputs, softmax } from './scores.js';
export type { ScoutedRows, ScoutRowsOptions } from './scout-rows.js';
export { scoutRows } from './scout-rows.js';
export type { Tuning } from './tuning/candidate.js';
export { tunings } from './tuning/candidate.js';
export type { ClassWeights } from './tuning/class-task.js';
export type { SearchEvent, SearchHooks, TrialStartEvent } from './tuning/search-log.js';
