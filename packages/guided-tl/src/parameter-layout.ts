import type { NamedTensor, StateDict } from '@warmstart/shapes';
import { listSome, sameShape, sizeOf } from './state-dict.js';

/** Where each guided tensor sits when all are laid end to end. */
export interface ParameterLayout {
  readonly entries: readonly ParameterEntry[];
  /** Numbers in all. */
  readonly size: number;
}

/** One tensor of a {@link ParameterLayout}. */
export interface ParameterEntry {
  readonly key: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/**
 * Whether a tensor is a weight that learns, told by its name and type: running statistics of batch
 * normalisation, counters and whatever is not floating are not.
 */
export function isParameter(key: string, tensor: NamedTensor): boolean {
  return (
    tensor.dtype.startsWith('float') && !/(^|\.)(running_mean|running_var|num_batches_tracked)$/.test(key)
  );
}

/** The guided tensors of a base, in its order. @throws RangeError if there is none, or one is not float32 or finite */
export function parameterLayout(
  caller: string,
  base: ReadonlyMap<string, NamedTensor>,
  include: (key: string, tensor: NamedTensor) => boolean = isParameter,
): ParameterLayout {
  const entries: ParameterEntry[] = [];
  let offset = 0;
  for (const [key, tensor] of base) {
    if (!include(key, tensor)) continue;
    checkWeight(caller, key, tensor);
    const size = sizeOf(tensor.shape);
    entries.push({ key, shape: [...tensor.shape], offset, size });
    offset += size;
  }
  if (offset === 0) {
    throw new RangeError(
      `${caller}: the base must hold at least one weight to guide, got ${base.size} tensors and none of them one.`,
    );
  }
  return { entries, size: offset };
}

function checkWeight(caller: string, key: string, tensor: NamedTensor): void {
  if (!(tensor.data instanceof Float32Array)) {
    throw new RangeError(
      `${caller}: weights must be float32 in a Float32Array, got ${tensor.dtype} for ${key}. Convert the base first.`,
    );
  }
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new RangeError(
      `${caller}: ${key} must hold ${sizeOf(tensor.shape)} numbers for its shape [${tensor.shape}], got ${tensor.data.length}.`,
    );
  }
  if (!tensor.data.every(Number.isFinite)) {
    throw new RangeError(`${caller}: the base must be finite, got NaN or infinity in ${key}.`);
  }
}

/** The layout's tensors end to end. @throws RangeError if one is missing or of another shape */
export function flatten(
  caller: string,
  layout: ParameterLayout,
  state: ReadonlyMap<string, NamedTensor>,
): Float32Array {
  const missing = layout.entries.filter(({ key }) => !state.has(key)).map(({ key }) => key);
  if (missing.length > 0) {
    throw new RangeError(
      `${caller}: every weight of the base must be there, got none for ${listSome(missing)}.`,
    );
  }
  const flat = new Float32Array(layout.size);
  for (const { key, shape, offset, size } of layout.entries) {
    const tensor = state.get(key);
    if (!tensor || !sameShape(tensor.shape, shape) || tensor.data.length !== size) {
      throw new RangeError(`${caller}: ${key} must be [${shape}] like in the base, got [${tensor?.shape}].`);
    }
    if (!(tensor.data instanceof Float32Array)) {
      throw new RangeError(`${caller}: ${key} must be float32 in a Float32Array, got ${tensor.dtype}.`);
    }
    flat.set(tensor.data, offset);
  }
  return flat;
}

/** Numbers laid end to end as float32 tensors by key; shares no memory. */
export function unflatten(layout: ParameterLayout, flat: ArrayLike<number>): StateDict {
  const state: StateDict = new Map();
  for (const { key, shape, offset, size } of layout.entries) {
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = flat[offset + i] ?? 0;
    state.set(key, { dtype: 'float32', shape, data });
  }
  return state;
}
