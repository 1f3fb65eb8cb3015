import { CheckpointError, type PickledValue, readPickle } from '@warmstart/core-checkpoint/files';
import { DatasetError } from '../errors.js';

/**
 * Reads a pickle of dictionaries, lists, numbers, strings and NumPy arrays, as data: nothing in it is run.
 *
 * @throws DatasetError `malformed` or `truncated`, with the byte
 */
export function readArrayPickle(bytes: Uint8Array, file: string): PickledValue {
  try {
    return readPickle(bytes, { name: file });
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const code = error.code === 'truncated' ? 'truncated' : 'malformed';
    const where = { file, ...(error.offset !== undefined && { byte: error.offset }) };
    const message = error.message.replace(/^open: /, 'readArrayPickle: ');
    throw new DatasetError(code, message, where, { cause: error });
  }
}

/** The bytes of an array of uint8; undefined for every other value. */
export function uint8sOf(value: PickledValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  const isTensor = typeof value === 'object' && value !== null && 'dtype' in value;
  return isTensor && value.data instanceof Uint8Array ? value.data : undefined;
}
