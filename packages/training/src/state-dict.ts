import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor, ReadonlyStateDict, StateDict } from '@warmstart/shapes';

/** Reads tensors back to the host, all at once: on WebGPU one wait instead of one each. */
export async function readTensors(tensors: ReadonlyMap<string, tf.Tensor>): Promise<StateDict> {
  const entries = [...tensors];
  const values = await Promise.all(entries.map(([, tensor]) => tensor.data()));
  const state: StateDict = new Map();
  entries.forEach(([path, tensor], index) => {
    // data() of a non-string tensor is one of NamedTensor's three arrays; it may be a view the backend reuses.
    const data = (values[index] as NamedTensor['data']).slice();
    state.set(path, { dtype: tensor.dtype, shape: [...tensor.shape], data });
  });
  return state;
}

/** One host tensor as a tensor on the backend; the caller disposes it. */
export function hostToTensor(
  named: { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> },
  dtype: tf.DataType = 'float32',
): tf.Tensor {
  const data =
    dtype === 'float32' ? Float32Array.from(named.data, Number) : Int32Array.from(named.data, Number);
  return tf.tensor(data, [...named.shape], dtype as 'float32' | 'int32');
}

/** The entries of `state` whose path starts with `prefix`, without it. */
export function withoutPrefix(state: ReadonlyStateDict, prefix: string): ReadonlyStateDict {
  return new Map(
    [...state].filter(([path]) => path.startsWith(prefix)).map(([p, t]) => [p.slice(prefix.length), t]),
  );
}

/** Whether two shapes are the same. */
export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

/** At most five items, then how many more. */
export function listSome(items: readonly string[]): string {
  const shown = items.slice(0, 5).join(', ');
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}
