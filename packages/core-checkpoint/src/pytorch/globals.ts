import type { OnUnknown } from '../format-options.js';
import type { PickleWorld } from '../pickle/machine.js';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue, skippedKind } from '../pickle/values.js';
import { dtypes } from '../tensors/dtypes.js';
import type { RebuildContext } from './descriptions.js';
import { rebuildFunctions } from './tensors.js';

type Table = Map<string, PickleGlobal>;

/**
 * The fixed table of names a checkpoint may use. Nothing is looked up by name anywhere else.
 *
 * @see torch/_weights_only_unpickler.py, whose list this follows
 */
export function pytorchGlobals(context: RebuildContext, onUnknown: OnUnknown): PickleWorld['global'] {
  const table: Table = new Map();
  const add = (name: string, call?: PickleGlobal['call']) => table.set(name, new PickleGlobal(name, call));
  for (const { name, storage } of dtypes().values()) {
    add(`torch.${name}`);
    if (storage) {
      add(`torch.${storage}`);
      add(`torch.cuda.${storage}`);
    }
  }
  for (const name of inertNames) add(name);
  for (const [name, call] of rebuildFunctions(context)) add(name, call);
  addContainers(add, context);
  const skipped = new Set<string>();
  return (module, name) => {
    const exact = `${module === '__builtin__' ? 'builtins' : module}.${name}`;
    const known = table.get(exact);
    if (known) return known;
    if (onUnknown === 'skip') {
      skipped.add(exact);
      return new PickleObject(skippedKind, exact, () => {});
    }
    throw context.refuse(
      'unsafe-global',
      `asks to call ${printable(exact)}, which is not data. Nothing was run`,
      { hint: exact.startsWith('torch.nn.modules.') ? wholeModelHint : hint },
    );
  };
}

const hint =
  "Re-save it with torch.save(model.state_dict(), ...), or leave such objects out with { onUnknown: 'skip' }.";
const wholeModelHint =
  'The file holds a whole model with its code. Re-save it in Python with torch.save(model.state_dict(), ...).';

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
  'builtins.bytes',
];

type Add = (name: string, call?: PickleGlobal['call']) => unknown;

function addContainers(add: Add, { refuse }: RebuildContext): void {
  const bad = (what: string) => refuse('bad-pickle', what);
  const pairs = (value: PickleValue | undefined): PickleValue => {
    if (value instanceof Map) return value;
    if (value === undefined) return new Map();
    const entries = itemsOf(value)?.map((pair) => itemsOf(pair));
    if (!entries?.every((pair) => pair?.length === 2)) throw bad('makes a dict out of what are no pairs');
    return new Map(entries as [PickleValue, PickleValue][]); // two each, as checked
  };
  add('collections.OrderedDict', ([items]) => pairs(items));
  add('collections.Counter', ([items]) => pairs(items));
  add('collections.defaultdict', ([, items]) => pairs(items));
  add('torch.Size', ([items]) => new PickleTuple(itemsOf(items) ?? []));
  add('torch.device', ([type = null, index]) =>
    index === undefined ? type : `${String(type)}:${String(index)}`,
  );
  add('torch.serialization._get_layout', ([name]) => new PickleGlobal(String(name)));
  add('builtins.set', ([items]) => new Set(itemsOf(items) ?? []));
  add('builtins.frozenset', ([items]) => new Set(itemsOf(items) ?? []));
  add('builtins.complex', ([real, imaginary]) => `${String(real)}+${String(imaginary)}j`);
  add('builtins.bytearray', ([content, encoding]) => {
    if (content === undefined) return new Uint8Array();
    return content instanceof Uint8Array ? content : latin1(content, encoding, bad);
  });
  add('_codecs.encode', ([text, encoding]) => latin1(text, encoding, bad));
}

function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof PickleTuple ? value.items : undefined;
}

/** Protocol 2 has no bytes: they travel as text of the first 256 characters. */
function latin1(
  text: PickleValue | undefined,
  encoding: PickleValue | undefined,
  bad: (what: string) => Error,
) {
  if (typeof text !== 'string' || !/^latin-?1$/.test(String(encoding)))
    throw bad('encodes bytes in an unknown way');
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 256;
    if (code > 255) throw bad('encodes bytes in an unknown way');
    return code;
  });
}

function printable(name: string): string {
  return name.length <= 100
    ? JSON.stringify(name).slice(1, -1)
    : `${JSON.stringify(name.slice(0, 100)).slice(1, -1)}…`;
}
