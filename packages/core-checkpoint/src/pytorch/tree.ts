import type { JsonValue } from '../opened-file.js';
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

/** Finds every tensor in a pickled object, depth first, in the order Python would meet them. */
export function findTensors(root: PickleValue, { refuse, limits }: RebuildContext): FoundTensor[] {
  const found: FoundTensor[] = [];
  const barren = new Set<PickleValue>(); // containers known to hold none, so shared ones are walked once
  const visit = (value: PickleValue, path: readonly string[]): void => {
    const description = contentOf<TensorDescription>(value, tensorKind);
    if (description) {
      found.push({ path, description });
      if (found.length > limits.tensorCount)
        throw refuse('limit', `holds more than ${limits.tensorCount} tensors`);
      return;
    }
    const children = childrenOf(value);
    if (!children || barren.has(value)) return;
    if (path.length >= limits.depth) throw refuse('limit', `nests containers more than ${limits.depth} deep`);
    const before = found.length;
    for (const [key, child] of children) visit(child, [...path, key]);
    if (found.length === before) barren.add(value);
  };
  visit(root, []);
  return found;
}

/** Everything in a pickled object that is no tensor, as JSON; containers left empty by that are left out. */
export function plainValues(
  root: PickleValue,
  { refuse, limits }: RebuildContext,
): { [key: string]: JsonValue } {
  let budget = limits.tensorCount;
  const convert = (value: PickleValue, depth: number): JsonValue | undefined => {
    budget -= 1;
    if (budget < 0 || depth > limits.depth)
      throw refuse('limit', 'holds too many values besides its tensors');
    if (value instanceof PickleObject) return value.kind === tensorKind ? undefined : standIn(value);
    const children = childrenOf(value);
    if (!children) return plainLeaf(value);
    const kept: [string, JsonValue][] = [];
    let count = 0;
    for (const [key, child] of children) {
      count += 1;
      const plain = convert(child, depth + 1);
      if (plain !== undefined) kept.push([key, plain]);
    }
    if (kept.length === 0 && count > 0) return undefined;
    return value instanceof Map || kept.length !== count
      ? Object.fromEntries(kept)
      : kept.map(([, item]) => item);
  };
  const plain = convert(root, 0);
  if (plain === undefined) return {};
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? plain : { value: plain };
}

function* entriesOf(items: Iterable<PickleValue>): Generator<[string, PickleValue]> {
  let index = 0;
  for (const item of items) yield [String(index++), item];
}

function* dictEntries(dict: Map<PickleValue, PickleValue>): Generator<[string, PickleValue]> {
  for (const [key, value] of dict) yield [keyText(key), value];
}

function childrenOf(value: PickleValue): Iterable<[string, PickleValue]> | undefined {
  if (value instanceof Map) return dictEntries(value);
  if (Array.isArray(value) || value instanceof Set) return entriesOf(value);
  return value instanceof PickleTuple ? entriesOf(value.items) : undefined;
}

function keyText(key: PickleValue): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (key instanceof PickleTuple) {
    const items = key.items.map((item) => (typeof item === 'string' ? `'${item}'` : keyText(item)));
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`; // as Python prints it
  }
  if (key instanceof PickleGlobal) return key.name;
  return key instanceof PickleObject ? `<${key.kind}>` : String(key);
}

function standIn({ kind, content }: PickleObject): string {
  return kind === skippedKind ? `<skipped ${String(content)}>` : `<${kind}>`;
}

function plainLeaf(value: PickleValue): JsonValue {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value instanceof PickleGlobal) return value.name;
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  return value as null | boolean | number | string; // containers and objects were taken care of
}
