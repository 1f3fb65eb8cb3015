import type { JsonValue } from '../opened-file.js';
import { keyText } from '../pickle/keys.js';
import {
  contentOf,
  PickleGlobal,
  PickleObject,
  PickleTuple,
  type PickleValue,
  skippedKind,
} from '../pickle/values.js';
import { type RebuildContext, type TensorDescription, tensorKind } from './descriptions.js';

/** A tensor of the pickled object, with the keys that lead to it. */
export interface FoundTensor {
  readonly path: readonly string[];
  readonly description: TensorDescription;
}

/** A container that is being walked. Walks keep their own stack: a file may nest deeper than ours goes. */
interface Level {
  readonly container: PickleValue;
  readonly entries: Iterator<[string, PickleValue]>;
  readonly path: readonly string[];
  /** tensors found before this container */
  readonly before: number;
}

/** What a tensor that was found weighs, in plain values: its keys, its description, what reads it. */
const tensorCost = 16;
/** What walking into a container weighs. */
const containerCost = 8;

/** Finds every tensor in a pickled object, depth first, in the order Python would meet them. */
export function findTensors(root: PickleValue, context: RebuildContext): FoundTensor[] {
  const { refuse, limits } = context;
  const budget = context.newBudget();
  const found: FoundTensor[] = [];
  const barren = new Set<PickleValue>(); // containers known to hold none, so shared ones are walked once
  const levels: Level[] = [];
  const enter = (value: PickleValue, path: () => readonly string[]): void => {
    budget.objects(1);
    const description = contentOf<TensorDescription>(value, tensorKind);
    if (description) {
      budget.objects(tensorCost);
      const keys = path();
      budget.text(keys.reduce((sum, key) => sum + key.length + 1, 0));
      if (found.push({ path: keys, description }) > limits.tensorCount)
        throw refuse('limit', `holds more than ${limits.tensorCount} tensors`);
      return;
    }
    const entries = childrenOf(value, context);
    if (!entries || barren.has(value)) return;
    budget.objects(containerCost);
    if (levels.length >= limits.depth)
      throw refuse('limit', `nests containers more than ${limits.depth} deep`);
    levels.push({ container: value, entries, path: path(), before: found.length });
  };
  enter(root, () => []);
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const { path, entries, container, before } = level;
    const next = entries.next();
    if (!next.done) {
      enter(next.value[1], () => [...path, next.value[0]]);
      continue;
    }
    levels.pop();
    if (found.length === before) barren.add(container);
  }
  return found;
}

/** A container whose plain values are being collected. */
interface Collected {
  readonly key: string;
  readonly container: PickleValue;
  readonly entries: Iterator<[string, PickleValue]>;
  readonly kept: [string, JsonValue][];
  count: number;
}

/** Everything in a pickled object that is not a tensor, as JSON; containers left empty by that are left out. */
export function plainValues(root: PickleValue, context: RebuildContext): { [key: string]: JsonValue } {
  const { refuse, limits } = context;
  const budget = context.newBudget();
  const levels: Collected[] = [];
  const top: [string, JsonValue][] = [];
  const enter = (key: string, value: PickleValue): void => {
    budget.objects(1);
    budget.text(key.length);
    const entries = childrenOf(value, context);
    if (entries) {
      budget.objects(containerCost);
      if (levels.length >= limits.depth)
        throw refuse('limit', `nests containers more than ${limits.depth} deep`);
      levels.push({ key, container: value, entries, kept: [], count: 0 });
      return;
    }
    const leaf = plainLeaf(value);
    if (leaf === undefined) return;
    if (typeof leaf === 'string') budget.text(leaf.length);
    (levels.at(-1)?.kept ?? top).push([key, leaf]);
  };
  enter('value', root);
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const next = level.entries.next();
    if (!next.done) {
      level.count += 1;
      enter(...next.value);
      continue;
    }
    levels.pop();
    const plain = collected(level);
    if (plain !== undefined) (levels.at(-1)?.kept ?? top).push([level.key, plain]);
  }
  const plain = top[0]?.[1];
  if (plain === undefined) return {};
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? plain : { value: plain };
}

function collected({ container, kept, count }: Collected): JsonValue | undefined {
  if (kept.length === 0 && count > 0) return undefined;
  return container instanceof Map || kept.length !== count
    ? Object.fromEntries(kept)
    : kept.map(([, item]) => item);
}

function* entriesOf(items: Iterable<PickleValue>): Generator<[string, PickleValue]> {
  let index = 0;
  for (const item of items) yield [String(index++), item];
}

function* dictEntries(
  dict: Map<PickleValue, PickleValue>,
  context: RebuildContext,
): Generator<[string, PickleValue]> {
  for (const [key, value] of dict) yield [keyText(key, context.refuse), value];
}

function childrenOf(
  value: PickleValue,
  context: RebuildContext,
): Iterator<[string, PickleValue]> | undefined {
  if (value instanceof Map) return dictEntries(value, context);
  if (Array.isArray(value) || value instanceof Set) return entriesOf(value);
  return value instanceof PickleTuple ? entriesOf(value.items) : undefined;
}

/** undefined: a tensor, which is not plain */
function plainLeaf(value: PickleValue): JsonValue | undefined {
  if (value instanceof PickleObject) {
    if (value.kind === tensorKind) return undefined;
    return value.kind === skippedKind ? `<skipped ${String(value.content)}>` : `<${value.kind}>`;
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  return value as null | boolean | number | string; // containers and objects were taken care of
}
