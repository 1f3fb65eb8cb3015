export type { Verify } from './byte-record.js';
export { Checkpoint, type Inspection, type StateDictOptions, type TensorInfo } from './checkpoint.js';
export {
  CheckpointManager,
  type ManagerOptions,
  type RestoredRun,
  type RestoreOptions,
  type RunState,
} from './checkpoint-manager.js';
export { type CheckpointStore, folderStore, indexedDbStore, opfsStore } from './checkpoint-store.js';
export { average, merge } from './combine.js';
export { type ChangedTensor, type Difference, diff } from './diff.js';
export type { TypedArray } from './dtypes.js';
export { CheckpointError, type CheckpointErrorCode } from './errors.js';
export type { HasVariables, NamedVariable } from './has-variables.js';
export type { Hdf5Module } from './hdf5.js';
export { type LayersModelLike, type LayersModelOptions, layersModel } from './layers-model.js';
export type { Limits } from './limits.js';
export {
  type CastTensor,
  LoadReport,
  type MismatchedTensor,
  matchKeys,
  StateDictMismatchError,
  type TensorOutline,
} from './load-report.js';
export { type FitTensor, type LoadOptions, loadStateDict } from './load-state-dict.js';
export type { NamedTensor, Quantization, StateDict } from './named-tensor.js';
export { type OpenOptions, type OpenSource, open } from './open.js';
export type { CheckpointFormat, JsonValue } from './opened-file.js';
export type { OnUnknown } from './pytorch-globals.js';
export { type KeyFilter, type KeySelection, type RenameRule, selectKeys } from './rename-keys.js';
export {
  type FileFormat,
  type SaveFormat,
  type SaveOptions,
  type SaveResult,
  save,
  toBytes,
} from './save.js';
export type { ByteRange, ByteSource } from './sources/byte-source.js';
export type { Fetch } from './sources/http-range.js';
export { stateDict } from './state-dict.js';
export type { ByteTarget } from './targets/byte-target.js';
export { fileTarget } from './targets/file.js';
export { opfsTarget } from './targets/opfs.js';
