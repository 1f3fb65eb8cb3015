export { Checkpoint, type Inspection, type StateDictOptions, type TensorInfo } from './checkpoint.js';
export { average, merge } from './combine.js';
export { type ChangedTensor, type Difference, diff } from './diff.js';
export { CheckpointError, type CheckpointErrorCode } from './errors.js';
export type { OnUnknown } from './format-options.js';
export type { Hdf5Module } from './hdf5/module.js';
export type { LayersModelLike } from './layers/layer-shapes.js';
export { type LayersModelOptions, layersModel, type NamedLayers } from './layers/layers-model.js';
export type { Limits } from './limits.js';
export type { Alignment, AlignOptions } from './load/align-weights.js';
export { type Convention, type Recognised, recognise } from './load/conventions.js';
export { fromMlx } from './load/from-mlx.js';
export {
  type CastTensor,
  LoadReport,
  type MismatchedTensor,
  matchKeys,
  StateDictMismatchError,
  type TensorOutline,
} from './load/load-report.js';
export { type FitTensor, type LoadOptions, loadStateDict } from './load/load-state-dict.js';
export { loadWeights, matchWeights, readWeights, type WeightsOptions } from './load/load-weights.js';
export { type KeyFilter, type KeySelection, type RenameRule, selectKeys } from './load/rename-keys.js';
export { stateDict } from './load/state-dict.js';
export {
  CheckpointManager,
  type ManagerOptions,
  type RestoredRun,
  type RestoreOptions,
  type RunState,
} from './manager/checkpoint-manager.js';
export { type CheckpointStore, folderStore, indexedDbStore, opfsStore } from './manager/checkpoint-store.js';
export { type OpenOptions, type OpenSource, open } from './open.js';
export type { CheckpointFormat, JsonValue } from './opened-file.js';
export { printableText } from './printable-text.js';
export {
  type FileFormat,
  type SaveFormat,
  type SaveOptions,
  type SaveResult,
  save,
  toBytes,
} from './save.js';
export type { Verify } from './sources/byte-record.js';
export type { ByteRange, ByteSource } from './sources/byte-source.js';
export type { Fetch } from './sources/http-request.js';
export type { ByteTarget } from './targets/byte-target.js';
export { fileTarget } from './targets/file.js';
export { opfsTarget } from './targets/opfs.js';
export type { TfjsArtifacts } from './tfjs/artifacts.js';
