import type { NamedTensor, StateDict } from '@warmstart/core-checkpoint';

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

/**
 * Adds what old files lack: the batch counts of batch norms, which nothing but a mean without decay reads.
 *
 * @returns a new map
 */
export function withBatchCounts(dict: StateDict): StateDict {
  const filled: StateDict = new Map();
  for (const [key, tensor] of dict) {
    filled.set(key, tensor);
    if (!key.endsWith('.running_var')) continue;
    const count = key.replace(/running_var$/, 'num_batches_tracked');
    if (!dict.has(count)) filled.set(count, zeroCount());
  }
  return filled;
}

function zeroCount(): NamedTensor {
  return { dtype: 'int64', shape: [], data: new BigInt64Array(1) };
}
