import type { NamedTensor, Quantization, StateDict, TypedArray } from '@warmstart/shapes/host';
import { type Dtype, dtypes } from './dtypes.js';

export type { NamedTensor, Quantization, StateDict };

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Checks that names and tensors come as a Map, before their tensors are looked at.
 *
 * @param caller - the function named in the message
 * @throws TypeError for a promise, an opened checkpoint, a plain object and all else
 */
export function checkStateDict(caller: string, dict: StateDict): void {
  if (typeof dict?.get === 'function' && typeof dict.entries === 'function') return; // of any realm
  const got = typeof dict === 'object' ? ((dict as object | null)?.constructor?.name ?? 'null') : typeof dict;
  throw new TypeError(
    `${caller}: dict must be a Map of names to tensors, got ${got}. Pass await stateDict(model) or await checkpoint.stateDict().`,
  );
}

/**
 * Checks that a tensor is what it says it is.
 *
 * @param caller - the function named in the message
 * @returns its dtype
 * @throws TypeError or RangeError if dtype, shape and data disagree
 */
export function checkTensor(caller: string, key: string, tensor: NamedTensor): Dtype {
  const dtype = dtypes().get(tensor.dtype);
  if (!dtype) throw new RangeError(`${caller}: ${key} must have a known dtype, got ${String(tensor.dtype)}.`);
  if (!tensor.shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(`${caller}: ${key} must have whole sizes >= 0, got shape [${tensor.shape}].`);
  }
  if (!(tensor.data instanceof (dtype.array as unknown as new () => TypedArray))) {
    const got = Object.prototype.toString.call(tensor.data).slice(8, -1);
    throw new TypeError(
      `${caller}: data of ${key} (${dtype.name}) must be ${nameOf(dtype)}, got ${got}.${typeof tensor.data === 'function' ? ' Pass { dtype, shape, data: await tensor.data() }.' : ''}`,
    );
  }
  const wanted = elementCount(tensor.shape) * dtype.lanes;
  if (tensor.data.length !== wanted) {
    throw new RangeError(
      `${caller}: ${key} of shape [${tensor.shape}] must have ${wanted} entries, got ${tensor.data.length}.`,
    );
  }
  return dtype;
}

function nameOf(dtype: Dtype): string {
  return (dtype.array as unknown as { name: string }).name;
}
