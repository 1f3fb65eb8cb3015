import type { StoredTensor } from './tensors/stored-tensor.js';

/** What a file is, by its content. */
export type CheckpointFormat =
  | 'pytorch'
  | 'pytorch-legacy'
  | 'pytorch-sharded'
  | 'safetensors'
  | 'safetensors-sharded'
  | 'npz'
  | 'npy'
  | 'tfjs'
  | 'keras-h5'
  | 'hdf5'
  | 'gguf';

/** Anything JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** A file understood but not read: what each format's reader gives. */
export interface OpenedFile {
  readonly format: CheckpointFormat;
  /** in file order */
  readonly tensors: readonly StoredTensor[];
  /** what the file says besides its tensors */
  readonly metadata: { [key: string]: JsonValue };
  /** what people should know of the file besides: one clause each */
  readonly notes?: readonly string[];
  /** frees what was opened besides the source */
  close?(): Promise<void>;
}
