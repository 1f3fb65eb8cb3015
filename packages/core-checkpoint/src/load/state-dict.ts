import { castTensor } from '../tensors/cast-tensor.js';
import { dtypeNamed, viewAs } from '../tensors/dtypes.js';
import type { NamedTensor, StateDict } from '../tensors/named-tensor.js';
import { permuteAxes } from '../tensors/permute-axes.js';
import {
  type HasVariables,
  inverseLayout,
  type NamedVariable,
  pytorchShape,
  unfoldedShape,
  variablesOf,
} from './has-variables.js';

/**
 * A copy of a model's parameters and buffers: PyTorch's names, order and layout, on the host.
 *
 * Variables that are one in the model share their data.
 *
 * @throws RangeError if two variables go by one path
 * @see torch.nn.Module.state_dict
 */
export async function stateDict(model: HasVariables): Promise<StateDict> {
  const dict: StateDict = new Map();
  const copies = new Map<NamedVariable['variable'], NamedTensor>();
  for (const named of variablesOf('stateDict', model)) {
    if (dict.has(named.path)) {
      throw new RangeError(`stateDict: each variable must have its own path, got ${named.path} twice.`);
    }
    const known = copies.get(named.variable);
    const tensor = known ?? (await hostCopy(named));
    copies.set(named.variable, tensor);
    dict.set(named.path, tensor);
    for (const path of named.addends ?? []) dict.set(path, zerosLike(tensor));
  }
  return dict;
}

function zerosLike({ dtype, shape, data }: NamedTensor): NamedTensor {
  return { dtype, shape, data: viewAs(dtypeNamed(dtype), new Uint8Array(data.byteLength)) };
}

async function hostCopy(named: NamedVariable): Promise<NamedTensor> {
  const { variable } = named;
  const dtype = named.dtype ?? variable.dtype;
  const values = await variable.data();
  if (variable.dtype === 'string' || !ArrayBuffer.isView(values)) {
    throw new TypeError(`stateDict: ${named.path} must hold numbers, got ${variable.dtype}.`);
  }
  const running = { dtype: variable.dtype, shape: variable.shape, data: values };
  // on the CPU backend `values` is the variable's own memory: what we return must be a copy
  const { layout } = named;
  if (!layout) return { dtype, shape: pytorchShape(named), data: castTensor(running, dtype) };
  const unfolded = unfoldedShape(named);
  const split = layout.map((axis) => unfolded[axis] ?? 1);
  const data = permuteAxes(dtypeNamed(running.dtype), values, split, inverseLayout(layout));
  return { dtype, shape: pytorchShape(named), data: castTensor({ ...running, data }, dtype) };
}
