import type { OnUnknown } from '../format-options.js';
import { type AddGlobal, addContainers, addTo, fullName, itemsOf } from '../pickle/containers.js';
import type { PickleWorld } from '../pickle/machine.js';
import {
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
  valueText,
} from '../pickle/values.js';
import { dtypes } from '../tensors/dtypes.js';
import type { RebuildContext } from './descriptions.js';
import { adviceFor } from './file-kind.js';
import { numpyFunctions, numpyNames } from './numpy-objects.js';
import { rebuildFunctions } from './tensors.js';

/**
 * The fixed table of names a checkpoint may use. Nothing is looked up by name anywhere else.
 *
 * @see torch/_weights_only_unpickler.py, whose list this follows
 */
export function pytorchGlobals(context: RebuildContext, onUnknown: OnUnknown): PickleWorld['global'] {
  const table = new Map<string, PickleGlobal>();
  const add = addTo(table, context.refuse);
  for (const { name, storage } of dtypes().values()) {
    add(`torch.${name}`);
    if (storage) {
      add(`torch.${storage}`);
      add(`torch.cuda.${storage}`);
    }
  }
  for (const name of [...inertNames, ...numpyNames]) add(name);
  const functions = [...rebuildFunctions(context), ...numpyFunctions(context)];
  for (const [name, call, arity] of functions) add(name, call, arity);
  addContainers(add, context);
  addPytorch(add, context);
  return (module, name) => {
    const exact = fullName(module, name);
    const known = table.get(exact);
    if (known) return known;
    if (onUnknown === 'skip') return new PickleObject(skippedKind, exact, () => {});
    throw context.refuse(
      'unsafe-global',
      `asks to call ${printable(exact)}, which is not data. Nothing was run`,
      adviceFor(exact, context.pickle),
    );
  };
}

const inertNames = [
  'torch.storage.UntypedStorage',
  'torch.storage.TypedStorage',
  'torch.UntypedStorage',
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
  'torch.strided',
  'torch.sparse_coo',
  'torch.sparse_csr',
  'torch.sparse_csc',
  'torch.sparse_bsr',
  'torch.sparse_bsc',
  'torch.per_tensor_affine',
  'torch.per_tensor_symmetric',
  'torch.per_channel_affine',
  'torch.per_channel_symmetric',
  'torch.per_channel_affine_float_qparams',
  'builtins.dict',
  'builtins.list',
  'builtins.int',
  'builtins.float',
  'builtins.str',
  'builtins.bool',
  'builtins.tuple',
];

function addPytorch(add: AddGlobal, context: RebuildContext): void {
  const bad = (what: string) => context.refuse('bad-pickle', what);
  add('torch.Size', ([value]) => new PickleTuple(itemsOf(value, 'torch.Size', context)), [0, 1]);
  add('torch.device', (args) => deviceText(args, bad), [1, 2]);
  add('torch.serialization._get_layout', ([name]) => layoutNamed(name, bad), [1, 1]);
}

function deviceText([type, index]: readonly PickleValue[], bad: (what: string) => Error): string {
  const named = typeof type === 'string' && type.length <= 40;
  if (named && index === undefined) return type;
  if (named && typeof index === 'number') return `${type}:${index}`;
  throw bad(`names a device by ${valueText(type)} and ${valueText(index)}`);
}

function layoutNamed(name: PickleValue | undefined, bad: (what: string) => Error): PickleGlobal {
  if (typeof name === 'string' && inertNames.includes(name)) return new PickleGlobal(name);
  throw bad(`names a layout by ${valueText(name)}`);
}

function printable(name: string): string {
  return name.length <= 100
    ? JSON.stringify(name).slice(1, -1)
    : `${JSON.stringify(name.slice(0, 100)).slice(1, -1)}…`;
}
