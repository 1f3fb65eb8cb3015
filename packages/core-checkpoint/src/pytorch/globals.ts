import type { OnUnknown } from '../format-options.js';
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
  const add: Add = (name, call, [least, most] = [0, 0]) => {
    const checked: PickleGlobal['call'] = (args) => {
      if (args.length >= least && args.length <= most) return call?.(args) ?? null;
      throw context.refuse(
        'bad-pickle',
        `calls ${name} with ${args.length} arguments; ${least} to ${most} are known`,
      );
    };
    table.set(name, new PickleGlobal(name, call && checked));
  };
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

/** Cut where a name is longer than any: a file may give one text to a million names. */
function fullName(module: string, name: string): string {
  return `${module === '__builtin__' ? 'builtins' : module.slice(0, 200)}.${name.slice(0, 200)}`;
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

/** @param arity - the least and the most arguments of a call */
type Add = (
  name: string,
  call?: PickleGlobal['call'],
  arity?: readonly [least: number, most: number],
) => void;

function addContainers(add: Add, context: RebuildContext): void {
  const bad = (what: string) => context.refuse('bad-pickle', what);
  const items = (value: PickleValue | undefined, what: string) => {
    const found = value === undefined ? [] : itemsOf(value);
    if (!found) throw bad(`makes a ${what} out of ${valueText(value)}`);
    context.budget.objects(found.length); // a copy: a file may ask for many of one list
    return found;
  };
  const pairs = (value: PickleValue | undefined): PickleValue => {
    if (value instanceof Map) return value;
    const entries = items(value, 'dict').map((pair) => itemsOf(pair));
    if (!entries.every((pair) => pair?.length === 2))
      throw bad('makes a dict out of items that are not pairs');
    return new Map(entries as [PickleValue, PickleValue][]); // two each, as checked
  };
  const set = ([value]: readonly PickleValue[]) => new Set(items(value, 'set'));
  add('collections.OrderedDict', ([value]) => pairs(value), [0, 1]);
  add('collections.Counter', ([value]) => pairs(value), [0, 1]);
  add('collections.defaultdict', ([, value]) => pairs(value), [0, 2]);
  add('torch.Size', ([value]) => new PickleTuple(items(value, 'torch.Size')), [0, 1]);
  add('torch.device', (args) => deviceText(args, bad), [1, 2]);
  add('torch.serialization._get_layout', ([name]) => layoutNamed(name, bad), [1, 1]);
  add('builtins.set', set, [0, 1]);
  add('builtins.frozenset', set, [0, 1]);
  add('builtins.complex', (args) => complexText(args, bad), [1, 2]);
  add('builtins.bytes', () => new Uint8Array(), [0, 0]); // how protocol 2 writes empty ones
  add('builtins.bytearray', ([content, encoding]) => bytesFrom(content, encoding, context), [0, 2]);
  add('_codecs.encode', ([text, encoding]) => latin1(text, encoding, context), [1, 2]);
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

function complexText([real, imaginary = 0]: readonly PickleValue[], bad: (what: string) => Error): string {
  if (typeof real === 'number' && typeof imaginary === 'number') return `${real}+${imaginary}j`;
  throw bad(`makes a complex number out of ${valueText(real)} and ${valueText(imaginary)}`);
}

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof PickleTuple ? value.items : undefined;
}

function bytesFrom(
  content: PickleValue | undefined,
  encoding: PickleValue | undefined,
  context: RebuildContext,
): Uint8Array {
  if (content === undefined) return new Uint8Array();
  return content instanceof Uint8Array ? content : latin1(content, encoding, context);
}

/** Protocol 2 has no bytes: they travel as text of the first 256 characters. */
function latin1(
  text: PickleValue | undefined,
  encoding: PickleValue | undefined,
  { refuse, budget }: RebuildContext,
): Uint8Array {
  const bad = () =>
    refuse('bad-pickle', `encodes ${valueText(text)} as ${valueText(encoding)}; only latin1 text is known`);
  if (typeof text !== 'string' || typeof encoding !== 'string' || !/^latin-?1$/.test(encoding)) throw bad();
  budget.text(text.length); // a copy: a file may ask for many of one text
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw bad();
    bytes[i] = code;
  }
  return bytes;
}

function printable(name: string): string {
  return name.length <= 100
    ? JSON.stringify(name).slice(1, -1)
    : `${JSON.stringify(name.slice(0, 100)).slice(1, -1)}…`;
}
