import { CheckpointError } from './errors.js';

/** How a path of keys is written as one name: `state_dict.encoder.weight`. */
export function joinPath(path: readonly string[]): string {
  return path.join('.');
}

/**
 * What is left of `path` below `at`.
 *
 * @param at - a key, a dotted path ("optimizer.state") or a list of keys
 * @returns undefined if the path is not below it
 */
export function pathBelow(
  path: readonly string[],
  at: string | readonly string[],
): readonly string[] | undefined {
  if (typeof at !== 'string')
    return at.every((key, i) => path[i] === key) ? path.slice(at.length) : undefined;
  if (at === '') return path;
  for (let length = 1; length <= path.length; length++) {
    if (joinPath(path.slice(0, length)) === at) return path.slice(length);
  }
  return undefined;
}

/** Refuses a second tensor of one name. */
export function duplicateKey(file: string, key: string): CheckpointError {
  return new CheckpointError('duplicate-key', 'two tensors go by this name', {
    file,
    key,
    hint: 'Choose one branch of the file with { at: [...] }.',
  });
}
