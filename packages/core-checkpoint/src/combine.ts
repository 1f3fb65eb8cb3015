import { castTensor } from './tensors/cast-tensor.js';
import { dtypeNamed, type TypedArray } from './tensors/dtypes.js';
import { isSmallFloat } from './tensors/half-floats.js';
import { checkTensor, type NamedTensor, type StateDict } from './tensors/named-tensor.js';

/**
 * One state dict out of several with distinct names, e.g. an encoder and a head trained apart.
 *
 * @returns names in the order given; tensors are the same, not copies
 * @throws RangeError if two dicts have a name in common
 */
export function merge(...dicts: readonly StateDict[]): StateDict {
  const merged: StateDict = new Map();
  for (const dict of dicts) {
    for (const [key, tensor] of dict) {
      if (merged.has(key))
        throw new RangeError(
          `merge: names must be distinct, got ${key} twice. Add a prefix with selectKeys.`,
        );
      merged.set(key, tensor);
    }
  }
  return merged;
}

/**
 * The weighted mean of state dicts of one model: checkpoint averaging, model soups, one round of local SGD.
 *
 * Floats are averaged in double precision and rounded once; integers and booleans (counters, masks) are
 * taken from the last dict, as an average of them means nothing.
 *
 * @param weights - one for each dict, positive in sum; default: all alike
 * @throws RangeError if names, dtypes or shapes differ, or the weights are wrong
 * @see Izmailov et al. 2018, arXiv 1803.05407; Wortsman et al. 2022, arXiv 2203.05482
 */
export function average(
  dicts: readonly StateDict[],
  weights: readonly number[] = dicts.map(() => 1),
): StateDict {
  const last = dicts.at(-1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!last) throw new RangeError('average: at least one state dict is needed, got none.');
  if (weights.length !== dicts.length || !(total > 0) || !Number.isFinite(total)) {
    throw new RangeError(`average: ${dicts.length} weights of a positive sum are needed, got [${weights}].`);
  }
  const averaged: StateDict = new Map();
  for (const [key, tensor] of last) {
    const all = dicts.map((dict) => alike(key, tensor, dict));
    averaged.set(key, isFloat(tensor.dtype) ? meanOf(all, weights, total) : tensor);
  }
  for (const dict of dicts) {
    const extra = [...dict.keys()].find((key) => !last.has(key));
    if (extra !== undefined)
      throw new RangeError(`average: all dicts must have the same names, got ${extra} in some only.`);
  }
  return averaged;
}

function alike(key: string, wanted: NamedTensor, dict: StateDict): NamedTensor {
  const tensor = dict.get(key);
  if (!tensor) throw new RangeError(`average: all dicts must have the same names, got ${key} in some only.`);
  checkTensor('average', key, tensor);
  if (tensor.dtype === wanted.dtype && `${tensor.shape}` === `${wanted.shape}`) return tensor;
  throw new RangeError(
    `average: ${key} must be alike everywhere, got ${tensor.dtype} [${tensor.shape}] and ${wanted.dtype} [${wanted.shape}].`,
  );
}

function isFloat(dtype: string): boolean {
  return /^(float32|float64|float16|bfloat16|complex64|complex128)$/.test(dtype);
}

function meanOf(tensors: readonly NamedTensor[], weights: readonly number[], total: number): NamedTensor {
  const first = tensors[0] as NamedTensor; // at least one
  const sum = new Float64Array(first.data.length);
  for (const [i, tensor] of tensors.entries()) {
    const weight = (weights[i] as number) / total; // one for each
    const values = isSmallFloat(tensor.dtype) ? castTensor(tensor, 'float32') : tensor.data;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + weight * (values[at] as number);
  }
  return { ...first, data: rounded(sum, first.dtype) };
}

function rounded(sum: Float64Array, dtype: string): TypedArray {
  if (dtypeNamed(dtype).lanes === 2) return dtype === 'complex64' ? Float32Array.from(sum) : sum;
  return castTensor({ dtype: 'float64', shape: [sum.length], data: sum }, dtype);
}
