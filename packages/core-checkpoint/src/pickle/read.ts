import { refusalsOf } from '../errors.js';
import { defaultLimits, type Limits } from '../limits.js';
import {
  type RebuildContext,
  rebuildContext,
  type TensorDescription,
  tensorKind,
} from '../pytorch/descriptions.js';
import { numpyFunctions, numpyNames } from '../pytorch/numpy-objects.js';
import { elementCount, type NamedTensor } from '../tensors/named-tensor.js';
import { decodeView } from '../tensors/strided-tensor.js';
import { addContainers, addTo, fullName } from './containers.js';
import { PickleCut } from './cursor.js';
import { type PickleWorld, readPickle as runPickle } from './machine.js';
import { contentOf, PickleGlobal, PickleObject, PickleTuple, type PickleValue, valueText } from './values.js';

/** What a pickle of plain data holds: tuples come as arrays, NumPy's arrays as tensors. */
export type PickledValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | NamedTensor
  | PickledValue[]
  | Map<PickledValue, PickledValue>
  | Set<PickledValue>;

/** How a pickle is read. */
export interface PickleOptions {
  /** how messages call it */
  name?: string;
  limits?: Partial<Limits>;
}

/**
 * Reads a pickle of plain data and NumPy arrays, protocols 2 to 5, as data: nothing in it is run, and no name is
 * known but those that NumPy writes around its bytes.
 *
 * @returns dicts as Maps; values that are one in the pickle are one here, too
 * @throws CheckpointError `unsafe-global` for every other name, and whatever is wrong with the bytes
 */
export function readPickle(
  bytes: Uint8Array,
  { name = 'pickle', limits: given }: PickleOptions = {},
): PickledValue {
  const limits = defaultLimits({ headerBytes: Math.max(1, bytes.byteLength), ...given });
  const refuse = refusalsOf(name);
  const context = rebuildContext(limits, bytes.byteLength, refuse, bytes);
  try {
    const world = plainWorld(context);
    const { value, end } = runPickle(bytes, 0, { ...context, world, what: 'it' });
    if (end !== bytes.byteLength) throw refuse('trailing-bytes', 'goes on after its end', { offset: end });
    return plainValue(value, context);
  } catch (error) {
    if (!(error instanceof PickleCut)) throw error;
    throw refuse('truncated', 'has no end', { offset: bytes.byteLength, cause: error });
  }
}

function plainWorld(context: RebuildContext): PickleWorld {
  const { refuse } = context;
  const table = new Map<string, PickleGlobal>();
  const add = addTo(table, refuse);
  addContainers(add, context);
  for (const name of numpyNames) add(name);
  for (const [name, call, arity] of numpyFunctions(context)) add(name, call, arity);
  return {
    global: (module, name) => {
      const exact = fullName(module, name);
      const known = table.get(exact);
      if (known) return known;
      throw refuse('unsafe-global', `asks for ${exact}, which is not data. Nothing was run`, {
        hint: 'Save it as plain data: dicts, lists, numbers, text and NumPy arrays.',
      });
    },
    persistent: () => {
      throw refuse('bad-pickle', 'refers to an object outside of it');
    },
  };
}

/** Each container once, however often it is shared: filled one after the other, without recursion. */
function plainValue(root: PickleValue, context: RebuildContext): PickledValue {
  const known = new Map<PickleValue, PickledValue>();
  const waiting: (() => void)[] = [];
  const convert = (value: PickleValue): PickledValue => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
    const before = known.get(value);
    if (before !== undefined) return before;
    if (value instanceof PickleGlobal || value instanceof PickleObject) {
      const tensor = tensorOf(value, context);
      known.set(value, tensor);
      return tensor;
    }
    const [made, fill] = emptyOf(value, convert);
    known.set(value, made);
    waiting.push(fill);
    return made;
  };
  const plain = convert(root);
  for (let fill = waiting.pop(); fill; fill = waiting.pop()) fill();
  return plain;
}

type Container = Exclude<
  PickleValue,
  null | boolean | number | bigint | string | Uint8Array | PickleGlobal | PickleObject
>;

/** An empty container of the same kind, and what fills it. */
function emptyOf(
  value: Container,
  convert: (value: PickleValue) => PickledValue,
): [PickledValue, () => void] {
  if (value instanceof Map) {
    const map = new Map<PickledValue, PickledValue>();
    const fill = () => {
      for (const [key, item] of value) map.set(convert(key), convert(item));
    };
    return [map, fill];
  }
  const list: PickledValue[] = [];
  const set = new Set<PickledValue>();
  const items = value instanceof PickleTuple ? value.items : value;
  const fill = () => {
    for (const item of items) {
      if (value instanceof Set) set.add(convert(item));
      else list.push(convert(item));
    }
  };
  return [value instanceof Set ? set : list, fill];
}

function tensorOf(value: PickleValue, { refuse, budget }: RebuildContext): NamedTensor {
  const found = contentOf<TensorDescription>(value, tensorKind);
  if (found?.kind === 'array') {
    const { view, bytes } = found;
    const { dtype, shape } = view;
    budget.bytes(elementCount(shape) * dtype.bytes); // a copy, perhaps: many arrays may share their bytes
    return { dtype: dtype.name, shape, data: decodeView(view, bytes) };
  }
  throw refuse('bad-pickle', `holds ${valueText(value)}, which is not plain data`);
}
