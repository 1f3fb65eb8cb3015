import type { NamedTensor, StateDict } from '../tensors/named-tensor.js';
import { isCounter, sameShape, type TensorOutline } from './load-report.js';

/** Which parts of a model may differ from the file's. */
export interface HeadOptions {
  /** paths of the model's heads, e.g. ['fc']: a head that the file lacks, or has for other classes, keeps the model's values */
  heads?: readonly string[];
}

/** A dict without the heads that do not fit. */
export interface Headless {
  readonly dict: StateDict;
  /** names of the model that keep its values */
  readonly kept: ReadonlySet<string>;
  readonly leftOut: readonly string[];
  readonly notes: readonly string[];
}

/** Leaves out each head that is not, tensor by tensor, the model's: half of one is none. */
export function leaveHeads(
  wanted: readonly TensorOutline[],
  dict: StateDict,
  heads: readonly string[],
): Headless {
  const rest: StateDict = new Map(dict);
  const kept = new Set<string>();
  const leftOut: string[] = [];
  const notes: string[] = [];
  for (const head of heads) {
    const own = wanted.filter(({ key }) => isBelow(key, head) && !isCounter(key));
    const prefix = wholeRoot(wanted, head);
    const found = [...rest.keys()].filter((key) => isBelow(key, prefix));
    const fits = own.length > 0 && own.every(({ key, shape }) => fitsShape(rest.get(key), shape));
    if (fits || (own.length === 0 && found.length === 0)) continue;
    for (const { key } of wanted) if (isBelow(key, head)) kept.add(key);
    for (const key of found) rest.delete(key);
    leftOut.push(...found);
    notes.push(noteOf(head, own, found, dict));
  }
  return { dict: rest, kept, leftOut, notes };
}

function noteOf(
  head: string,
  own: readonly TensorOutline[],
  found: readonly string[],
  dict: StateDict,
): string {
  const shown = (key: string, shape: readonly number[]) => `${key} [${shape}]`;
  const theirs = found.slice(0, 2).map((key) => shown(key, dict.get(key)?.shape ?? []));
  if (own.length === 0) return `the file's head was left out: ${theirs.join(', ')}`;
  const ours = own.slice(0, 2).map(({ key, shape }) => shown(key, shape));
  if (found.length === 0) return `the file has no head: ${ours.join(', ')} of the model keep their values`;
  return `the head \`${head}\` was left out: the file has ${theirs.join(', ')}, the model ${ours.join(', ')}`;
}

function isBelow(key: string, path: string): boolean {
  return key.startsWith(`${path}.`);
}

function fitsShape(tensor: NamedTensor | undefined, shape: readonly number[]): boolean {
  return tensor !== undefined && sameShape(tensor.shape, shape);
}

/** A file's head may have other parts: `classifier.weight` where the model has `classifier.1.weight`, if nothing else is there. */
function wholeRoot(wanted: readonly TensorOutline[], head: string): string {
  const root = head.split('.')[0] ?? head;
  return wanted.every(({ key }) => !isBelow(key, root) || isBelow(key, head)) ? root : head;
}
