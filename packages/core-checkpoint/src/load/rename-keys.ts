/** Chooses names: a glob (`*` within a dotted part, `**` across parts), a list of globs, a RegExp or a test. */
export type KeyFilter = string | readonly string[] | RegExp | ((key: string) => boolean);

/** One renaming: what matches is replaced, as by `String.replace`; or a function of the whole name. */
export type RenameRule = readonly [from: string | RegExp, to: string] | ((key: string) => string);

/** Which names are taken, and what they are called afterwards. Applied in this order. */
export interface KeySelection {
  include?: KeyFilter | undefined;
  exclude?: KeyFilter | undefined;
  /** taken off names that begin with it; others stay as they are */
  stripPrefix?: string | undefined;
  addPrefix?: string | undefined;
  /** each rule in turn */
  rename?: readonly RenameRule[] | undefined;
}

/** @returns a test for names */
export function keyFilter(filter: KeyFilter): (key: string) => boolean {
  if (typeof filter === 'function') return filter;
  if (filter instanceof RegExp) {
    const pattern = new RegExp(filter.source, filter.flags.replace(/[gy]/g, '')); // no memory between names
    return (key) => pattern.test(key);
  }
  const patterns = (typeof filter === 'string' ? [filter] : filter).map(globPattern);
  return (key) => patterns.some((pattern) => pattern.test(key));
}

/** The RegExp of a glob over dotted names. */
function globPattern(glob: string): RegExp {
  const body = glob.replace(/\*\*|[*?]|[\\^$+.()|[\]{}]/g, (part) => {
    if (part === '**') return '.*';
    if (part === '*') return '[^.]*';
    return part === '?' ? '[^.]' : `\\${part}`;
  });
  return new RegExp(`^(?:${body})$`, 's');
}

/**
 * @returns for each name, its new one; undefined where it is not taken
 */
export function keySelector(selection: KeySelection): (key: string) => string | undefined {
  const { include, exclude, stripPrefix = '', addPrefix = '', rename = [] } = selection;
  const taken = include === undefined ? () => true : keyFilter(include);
  const left = exclude === undefined ? () => false : keyFilter(exclude);
  return (key) => {
    if (!taken(key) || left(key)) return undefined;
    const stripped = key.startsWith(stripPrefix) ? key.slice(stripPrefix.length) : key;
    return rename.reduce((name, rule) => renamedBy(rule, name), addPrefix + stripped);
  };
}

/**
 * Finds a rule that nothing obeys: a misspelt name would otherwise be left out, or loaded, in silence. Rules
 * that are functions are not judged.
 *
 * @returns what is wrong, as a clause; undefined if every rule is of use
 */
export function uselessRule(selection: KeySelection, keys: readonly string[]): string | undefined {
  const { include, exclude, stripPrefix = '', rename = [] } = selection;
  for (const [name, filter] of Object.entries({ include, exclude })) {
    const useless = patternsOf(filter).find((pattern) => !keys.some(keyFilter(pattern)));
    if (useless !== undefined) return `${name} ${shown(useless)} matches none of ${keys.length} names`;
  }
  const taken = keys.filter((key) => keySelector({ include, exclude })(key) !== undefined);
  if (!taken.some((key) => key.startsWith(stripPrefix)))
    return `none of ${taken.length} names begins with the prefix to strip, ${shown(stripPrefix)}`;
  const before = { ...selection, rename: undefined };
  let names = taken.map((key) => keySelector(before)(key) ?? key);
  for (const rule of rename) {
    const renamed = names.map((name) => renamedBy(rule, name));
    if (typeof rule !== 'function' && renamed.every((name, i) => name === names[i]))
      return `the renaming of ${shown(rule[0])} to ${shown(rule[1])} changes none of ${names.length} names`;
    names = renamed;
  }
  return undefined;
}

function patternsOf(filter: KeyFilter | undefined): readonly (string | RegExp)[] {
  if (filter === undefined || typeof filter === 'function') return [];
  return typeof filter === 'string' || filter instanceof RegExp ? [filter] : filter;
}

function shown(pattern: string | RegExp): string {
  return typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern);
}

function renamedBy(rule: RenameRule, name: string): string {
  return typeof rule === 'function' ? rule(name) : name.replace(rule[0], rule[1]);
}

/**
 * Picks and renames the entries of a map.
 *
 * @returns a new map; values are the same
 * @throws RangeError if two entries would go by one name, or a rule matches none
 */
export function selectKeys<Value>(
  entries: Iterable<readonly [string, Value]>,
  selection: KeySelection,
): Map<string, Value> {
  const all = [...entries];
  const useless =
    all.length > 0
      ? uselessRule(
          selection,
          all.map(([key]) => key),
        )
      : undefined;
  if (useless !== undefined) {
    throw new RangeError(
      `selectKeys: every rule must match a name, but ${useless}. Names look like ${all[0]?.[0]}.`,
    );
  }
  const select = keySelector(selection);
  const selected = new Map<string, Value>();
  const origins = new Map<string, string>();
  for (const [key, value] of all) {
    const name = select(key);
    if (name === undefined) continue;
    const other = origins.get(name);
    if (other !== undefined) {
      throw new RangeError(
        `selectKeys: names must stay distinct, got ${name} for both ${other} and ${key}. Change the rules.`,
      );
    }
    origins.set(name, key);
    selected.set(name, value);
  }
  return selected;
}
