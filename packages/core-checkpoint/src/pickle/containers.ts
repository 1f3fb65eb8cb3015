import type { Budget } from '../budget.js';
import type { Refuse } from '../errors.js';
import { PickleGlobal, PickleTuple, type PickleValue, valueText } from './values.js';

/** Adds a name to a table. @param arity - the least and the most arguments of a call */
export type AddGlobal = (
  name: string,
  call?: PickleGlobal['call'],
  arity?: readonly [least: number, most: number],
) => void;

/** What making containers needs at hand. */
export interface ContainerContext {
  readonly refuse: Refuse;
  readonly budget: Budget;
}

/** @returns what adds to this table, each function with a check of how many arguments it is called with */
export function addTo(table: Map<string, PickleGlobal>, refuse: Refuse): AddGlobal {
  return (name, call, [least, most] = [0, 0]) => {
    const checked: PickleGlobal['call'] = (args) => {
      if (args.length >= least && args.length <= most) return call?.(args) ?? null;
      const what = `calls ${name} with ${args.length} arguments; ${least} to ${most} are known`;
      throw refuse('bad-pickle', what);
    };
    table.set(name, new PickleGlobal(name, call && checked));
  };
}

/** Python's own containers, and the bytes and complex numbers that protocols before 3 make by a call. */
export function addContainers(add: AddGlobal, context: ContainerContext): void {
  const pairs = (value: PickleValue | undefined) => dictOf(value, context);
  const set = ([value]: readonly PickleValue[]) => new Set(itemsOf(value, 'set', context));
  add('collections.OrderedDict', ([value]) => pairs(value), [0, 1]);
  add('collections.Counter', ([value]) => pairs(value), [0, 1]);
  add('collections.defaultdict', ([, value]) => pairs(value), [0, 2]);
  add('builtins.set', set, [0, 1]);
  add('builtins.frozenset', set, [0, 1]);
  add('builtins.complex', (args) => complexText(args, context), [1, 2]);
  add('builtins.bytes', () => new Uint8Array(), [0, 0]); // how protocol 2 writes empty ones
  add('builtins.bytearray', ([content, encoding]) => bytesFrom(content, encoding, context), [0, 2]);
  add('_codecs.encode', ([text, encoding]) => latin1Bytes(text, encoding, context), [1, 2]);
}

/** The name of a global as tables have it, cut where it is longer than any: one text may be given to a million. */
export function fullName(module: string, name: string): string {
  return `${module === '__builtin__' ? 'builtins' : module.slice(0, 200)}.${name.slice(0, 200)}`;
}

/** The items of a list or tuple, for a copy of it: a file may ask for many of one list. */
export function itemsOf(
  value: PickleValue | undefined,
  what: string,
  { refuse, budget }: ContainerContext,
): readonly PickleValue[] {
  const found = value === undefined ? [] : sequenceOf(value);
  if (!found) throw refuse('bad-pickle', `makes a ${what} out of ${valueText(value)}`);
  budget.objects(found.length);
  return found;
}

function dictOf(value: PickleValue | undefined, context: ContainerContext): PickleValue {
  if (value instanceof Map) return value;
  const entries = itemsOf(value, 'dict', context).map(sequenceOf);
  if (!entries.every((pair) => pair?.length === 2))
    throw context.refuse('bad-pickle', 'makes a dict out of items that are not pairs');
  return new Map(entries as [PickleValue, PickleValue][]); // two each, as checked
}

function sequenceOf(value: PickleValue): readonly PickleValue[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof PickleTuple ? value.items : undefined;
}

function complexText([real, imaginary = 0]: readonly PickleValue[], { refuse }: ContainerContext): string {
  if (typeof real === 'number' && typeof imaginary === 'number') return `${real}+${imaginary}j`;
  throw refuse('bad-pickle', `makes a complex number out of ${valueText(real)} and ${valueText(imaginary)}`);
}

function bytesFrom(
  content: PickleValue | undefined,
  encoding: PickleValue | undefined,
  context: ContainerContext,
): Uint8Array {
  if (content === undefined) return new Uint8Array();
  return content instanceof Uint8Array ? content : latin1Bytes(content, encoding, context);
}

/** Protocol 2 has no bytes: they travel as text of the first 256 characters. */
function latin1Bytes(
  text: PickleValue | undefined,
  encoding: PickleValue | undefined,
  { refuse, budget }: ContainerContext,
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
