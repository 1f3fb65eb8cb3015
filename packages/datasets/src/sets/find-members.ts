import type { Batch, Columns } from '../columns.js';
import type { ReadOptions } from '../definition.js';
import { DatasetError } from '../errors.js';
import type { DataFiles } from '../files.js';
import type { Member } from '../formats/member.js';
import { walk } from '../walk.js';

/**
 * Reads every file whose path matches, wherever it lies, as rows. A single file given by itself is taken
 * whatever its name, unless the name speaks of another split.
 *
 * @throws DatasetError `missing` if there is none
 */
export async function* readMatching<C extends Columns>(
  files: DataFiles,
  wanted: { readonly set: string; readonly pattern: RegExp; readonly expected: string },
  options: ReadOptions,
  read: (member: Member) => AsyncIterable<Batch<C>>,
): AsyncGenerator<Batch<C>, void, undefined> {
  const only = await onlyFile(files);
  const isMeant = only !== undefined && mayBe(only, options.split);
  let found = false;
  for await (const member of walk(files, options)) {
    if (!isMeant && !wanted.pattern.test(member.path)) continue;
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

/** The name of the one file there is, if it is one and holds no others. */
async function onlyFile(files: DataFiles): Promise<string | undefined> {
  let only: string | undefined;
  for await (const { path } of files.list()) {
    if (only !== undefined) return undefined;
    only = path;
  }
  return only === undefined || /\.(tar|tar\.gz|tgz|zip)$/i.test(only) ? undefined : only;
}

function mayBe(path: string, split: string): boolean {
  const spoken = /train|test|val|unsup|catalog/i
    .exec(path.slice(path.lastIndexOf('/') + 1))?.[0]
    .toLowerCase();
  return spoken === undefined || split.startsWith(spoken);
}
