import type { Refuse } from '../errors.js';
import { PickleGlobal, PickleObject, PickleTuple, type PickleValue } from './values.js';

/** Longer than any key that someone wrote: a tuple of tuples can spell a text of any length. */
const longestTupleText = 10_000;

/** A key of a dict as text; tuples as Python prints them. */
export function keyText(key: PickleValue, refuse: Refuse): string {
  if (!(key instanceof PickleTuple)) return scalarText(key);
  return tupleText(key, (item) => (typeof item === 'string' ? `'${item}'` : scalarText(item)), refuse);
}

/** Keys as a dict of Python tells them apart: equal tuples are one key, and so are 1 and True. */
export class KeyTable {
  readonly #refuse: Refuse;
  readonly #tuples = new Map<string, PickleTuple>();

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  /** @returns the first tuple that was equal to this one; all other keys as they are */
  canonical(key: PickleValue): PickleValue {
    if (!(key instanceof PickleTuple)) return key;
    const text = tupleText(key, exactText, this.#refuse);
    const known = this.#tuples.get(text) ?? key;
    this.#tuples.set(text, known);
    return known;
  }

  /** True if the dict has this key, or one that Python takes for the same. */
  has(dict: Map<PickleValue, PickleValue>, key: PickleValue): boolean {
    if (dict.has(key)) return true;
    if (typeof key === 'boolean') return dict.has(key ? 1 : 0);
    return (key === 1 || key === 0) && dict.has(key === 1);
  }
}

/** Without recursion: a file may nest deeper than our stack goes. */
function tupleText(key: PickleTuple, textOf: (item: PickleValue) => string, refuse: Refuse): string {
  let text = '';
  const waiting: (PickleTuple | string)[] = [key];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') text += next;
    else waiting.push(...tupleParts(next, textOf));
    if (text.length > longestTupleText || waiting.length > longestTupleText)
      throw refuse('limit', `has a dict key, a tuple, of more than ${longestTupleText} characters`);
  }
  return text;
}

/** The pieces of a tuple's text, last one first. */
function tupleParts({ items }: PickleTuple, textOf: (item: PickleValue) => string): (PickleTuple | string)[] {
  const parts: (PickleTuple | string)[] = ['('];
  for (const [i, item] of items.slice(0, longestTupleText).entries()) {
    if (i > 0) parts.push(', ');
    const short = typeof item === 'string' ? item.slice(0, longestTupleText + 1) : item;
    parts.push(short instanceof PickleTuple ? short : textOf(short));
  }
  parts.push(items.length === 1 ? ',)' : ')');
  return parts.reverse();
}

function exactText(item: PickleValue): string {
  if (typeof item === 'string') return JSON.stringify(item);
  return typeof item === 'boolean' ? String(Number(item)) : scalarText(item);
}

function scalarText(key: PickleValue): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  if (key instanceof PickleGlobal) return key.name;
  if (key instanceof PickleObject) return `<${key.kind}>`;
  return key instanceof Uint8Array ? `<${key.byteLength} bytes>` : '<container>';
}
