import type { FolderOptions } from './folder-options.js';

/** The splits that rows may say they belong to, in the order of the column `split`. */
export const splitNames = ['train', 'validation', 'test'] as const;
type Split = (typeof splitNames)[number];

const splitFolders: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  train_set: 'train',
  training_set: 'train',
  trainset: 'train',
  val: 'validation',
  valid: 'validation',
  validate: 'validation',
  validation: 'validation',
  validation_set: 'validation',
  dev: 'validation',
  development: 'validation',
  test: 'test',
  tests: 'test',
  testing: 'test',
  test_set: 'test',
  testset: 'test',
};

/** How folders are to be understood. */
export interface ClassLayout {
  /** The folders that are splits, by their names; empty where there are none. */
  readonly splits: ReadonlyMap<string, Split>;
  /** Undefined for a file that lies outside of what is read. */
  place(path: string): FilePlace | undefined;
}

export interface FilePlace {
  /** The class folder's name, in composed Unicode; undefined for a file that lies in none. */
  readonly className: string | undefined;
  readonly split: Split | undefined;
  /** Folders within each other that it lies in, from the class's on. */
  readonly depth: number;
}

/** A level of folders above the classes: one that wraps everything, or one folder for each split. */
type Level = ReadonlyMap<string, Split | undefined>;

/**
 * Finds out from the paths of files which of their folders wrap everything, which are splits and which are classes.
 *
 * @param paths - of the files that will be rows
 */
export function findLayout(paths: readonly string[], options: FolderOptions): ClassLayout {
  const { split: wanted, splitFolders: policy = 'auto', classLevel = 'first' } = options;
  const known = new Set(options.classNames?.map((name) => name.normalize('NFC')));
  const within = (path: string) => (wanted === undefined ? foldersOf(path) : below(foldersOf(path), wanted));
  const levels: Level[] = [];
  let splits: Level | undefined;
  let left = paths.map(within).filter((folders) => folders !== undefined);
  for (;;) {
    left = left.filter((folders) => folders.length > 0);
    const firsts = [...new Set(left.map(([first]) => first as string))];
    if (firsts.length === 0 || firsts.some((name) => known.has(name))) break;
    const canSplit = splits === undefined && wanted === undefined && policy === 'auto';
    const nested = left.filter((folders) => folders.length > 1).length;
    if (canSplit && firsts.every((name) => splitOf(name) !== undefined)) {
      splits = new Map(firsts.map((name) => [name, splitOf(name)]));
      levels.push(splits);
    } else if (firsts.length === 1 && 2 * nested > left.length) {
      levels.push(new Map([[firsts[0] as string, undefined]]));
    } else break;
    left = left.map((folders) => folders.slice(1));
  }
  return {
    splits: (splits ?? new Map()) as ReadonlyMap<string, Split>, // splitOf was asked of each
    place(path) {
      const folders = within(path);
      return folders && placeIn(folders, levels, classLevel);
    },
  };
}

function placeIn(
  folders: readonly string[],
  levels: readonly Level[],
  classLevel: 'first' | 'last',
): FilePlace | undefined {
  let split: Split | undefined;
  for (const [depth, level] of levels.entries()) {
    const name = folders[depth];
    if (name === undefined) return { className: undefined, split, depth: 0 };
    if (!level.has(name)) return undefined;
    split ??= level.get(name);
  }
  const rest = folders.slice(levels.length);
  return { className: classLevel === 'first' ? rest[0] : rest.at(-1), split, depth: rest.length };
}

/** The folders a file lies in, outermost first, archives as the folders they hold. */
function foldersOf(path: string): string[] {
  const folders = path.split('/').slice(0, -1);
  return folders.map((name) => name.replace(/\.(tar|tar\.gz|tgz|zip)$/i, '').normalize('NFC'));
}

/** Those below the folder of a split, by its own name or another that means the same. */
function below(folders: readonly string[], split: string): string[] | undefined {
  const meant = splitOf(split);
  const at = folders.findIndex((name) => name === split || (meant !== undefined && splitOf(name) === meant));
  return at < 0 ? undefined : folders.slice(at + 1);
}

function splitOf(folder: string): Split | undefined {
  const name = folder.toLowerCase().replaceAll(/[-\s]/g, '_');
  return Object.hasOwn(splitFolders, name) ? splitFolders[name] : undefined;
}
