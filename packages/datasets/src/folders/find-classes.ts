import type { Origin } from '../card.js';
import { DatasetError } from '../errors.js';
import type { DataEvent } from '../events.js';
import type { DataFile, DataFiles } from '../files.js';
import type { Limits } from '../limits.js';
import { markedOrigin } from '../origin-marker.js';
import { asFiles, type OwnFiles } from '../own-files.js';
import { walk } from '../walk.js';

export interface FolderOptions {
  /** Only what lies in a folder of this name, e.g. `train`. Default: everything. */
  readonly split?: string;
  /** The classes in their order. Default: the names of the folders that hold files, by code unit. */
  readonly classNames?: readonly string[];
  /** Default `official`: the rows are what they are; `synthetic` for files that say so. */
  readonly origin?: Origin;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/** Files of which each lies in the folder of its class. */
export interface ClassFolders {
  readonly files: DataFiles;
  readonly origin: Origin;
  /** None where no file lies in a folder. */
  readonly classNames: readonly string[];
  /** In order; files of their own can be opened in any order. */
  readonly paths: readonly string[];
  readonly opened: readonly DataFile[] | undefined;
  labelOf(path: string): number;
}

const archive = /\.(tar|tar\.gz|tgz|zip)$/i;

/**
 * Looks through a folder (or an archive of one) for files by their names' ends.
 *
 * @throws DatasetError `missing` if there is none, `malformed` for a folder that is no class
 */
export async function findClasses(
  given: OwnFiles,
  ends: readonly string[],
  options: FolderOptions,
  caller: string,
): Promise<ClassFolders> {
  const { limits = {}, onEvent = () => {}, signal } = options;
  const files = asFiles(given, caller);
  const wanted = (path: string) =>
    ends.some((end) => path.toLowerCase().endsWith(end)) &&
    !isHidden(path) &&
    (options.split === undefined || inFolder(path, options.split));
  const opened: DataFile[] = [];
  let origin: Origin = 'official';
  let packed = false;
  for await (const file of files.list()) {
    const marked = markedOrigin(file.path);
    if (marked !== undefined) origin = marked;
    else if (archive.test(file.path)) packed = true;
    else if (wanted(file.path)) opened.push(file);
  }
  opened.sort((a, b) => (a.path < b.path ? -1 : 1));
  const paths = opened.map(({ path }) => path);
  if (packed) {
    paths.length = 0;
    for await (const { path } of walk(files, { limits, onEvent, signal })) if (wanted(path)) paths.push(path);
  }
  if (paths.length === 0) {
    const where = options.split === undefined ? '' : ` in a folder ${JSON.stringify(options.split)}`;
    const message = `${caller}: files named ${ends.join(', ')}${where} are needed, got none.`;
    throw new DatasetError('missing', message);
  }
  const found = [...new Set(paths.map((path) => classOf(path, options.split)))].sort();
  const classNames = options.classNames ?? found.filter((name) => name !== undefined);
  const indexes = new Map(classNames.map((name, index) => [name, index]));
  const labelOf = (path: string) => labelIn(indexes, path, options.split, caller);
  paths.forEach(labelOf);
  return {
    files,
    origin: options.origin ?? origin,
    classNames,
    paths,
    opened: packed ? undefined : opened,
    labelOf,
  };
}

function labelIn(
  indexes: ReadonlyMap<string, number>,
  path: string,
  split: string | undefined,
  caller: string,
) {
  const name = classOf(path, split);
  if (name === undefined) return -1;
  const index = indexes.get(name);
  if (index !== undefined) return index;
  const known = [...indexes.keys()].slice(0, 5).join(', ');
  const message = `${caller}: every folder must be a class (${known} …), got ${JSON.stringify(name)}.`;
  throw new DatasetError('malformed', message, { file: path });
}

/** The folder a file lies in; undefined if that is the split's, or none. */
function classOf(path: string, split: string | undefined): string | undefined {
  const [name] = path.split('/').slice(-2, -1);
  return name === split || (name !== undefined && archive.test(name)) ? undefined : name;
}

function inFolder(path: string, name: string): boolean {
  return path.split('/').slice(0, -1).includes(name);
}

/** `.DS_Store`, macOS' `__MACOSX/._…` and the like. */
function isHidden(path: string): boolean {
  return path.split('/').some((part) => part.startsWith('.') || part === '__MACOSX');
}
