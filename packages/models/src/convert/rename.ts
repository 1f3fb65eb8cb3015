import type { StateDict } from '@warmstart/shapes';

/** One line of a key table: what matches is replaced, as by `String.replace`; undefined drops the tensor. */
export type KeyRule = readonly [from: RegExp, to: string | undefined];

/**
 * Renames a checkpoint's tensors by a table; each rule in turn sees what the ones before made.
 *
 * @returns a new map; the tensors are the same
 * @throws RangeError if two tensors would go by one name
 */
export function renameKeys(dict: StateDict, table: readonly KeyRule[]): StateDict {
  const renamed: StateDict = new Map();
  for (const [key, tensor] of dict) {
    const name = nameBy(table, key);
    if (name === undefined) continue;
    if (renamed.has(name)) throw new RangeError(`renameKeys: names must stay distinct, got ${name} twice.`);
    renamed.set(name, tensor);
  }
  return renamed;
}

function nameBy(table: readonly KeyRule[], key: string): string | undefined {
  let name = key;
  for (const [from, to] of table) {
    if (!from.test(name)) continue;
    if (to === undefined) return undefined;
    name = name.replace(from, to);
  }
  return name;
}
