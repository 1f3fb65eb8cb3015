import type { Batch, Columns } from '../columns.js';
import type { ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import type { Member } from '../formats/member.js';
import { walk } from '../walk.js';

/**
 * Reads every file whose path matches, wherever it lies, as rows.
 *
 * @throws DatasetError `missing` if there is none
 */
export async function* readMatching<C extends Columns>(
  files: DataFiles,
  wanted: { readonly set: string; readonly pattern: RegExp; readonly expected: string },
  options: ReadOptions,
  read: (member: Member) => AsyncIterable<Batch<C>>,
): AsyncGenerator<Batch<C>, void, undefined> {
  let found = false;
  for await (const member of walk(files, options)) {
    if (!wanted.pattern.test(member.path)) continue;
    found = true;
    yield* read(member);
  }
  if (!found) throw missing(wanted.set, wanted.expected);
}

/** The first file whose path matches, whole. */
export async function findBytes(
  files: DataFiles,
  pattern: RegExp,
  options: ReadOptions,
): Promise<Uint8Array | undefined> {
  for await (const member of walk(files, options)) {
    if (pattern.test(member.path)) return member.bytes();
  }
  return undefined;
}

export function missing(set: string, expected: string): DatasetError {
  return new DatasetError('missing', `load: ${set} needs ${expected}, got no such file in the source.`);
}
