// Checkpoint files alone: nothing here loads TensorFlow.js, so that a tool that only reads starts at once.
export { Checkpoint, type Inspection, type StateDictOptions, type TensorInfo } from './checkpoint.js';
export { average, merge } from './combine.js';
export { type ChangedTensor, type Difference, diff } from './diff.js';
export { CheckpointError, type CheckpointErrorCode } from './errors.js';
export type { Hdf5Module } from './hdf5/module.js';
export { type OpenOptions, type OpenSource, open } from './open.js';
export { type PickledValue, type PickleOptions, readPickle } from './pickle/read.js';
export { printableText } from './printable-text.js';
export { type SaveOptions, type SaveResult, save, toBytes } from './save.js';
export type { ByteTarget } from './targets/byte-target.js';
export type { EncodedFile } from './targets/encoded-file.js';
export { fileTarget } from './targets/file.js';
