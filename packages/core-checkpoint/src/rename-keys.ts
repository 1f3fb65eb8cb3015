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
    return rename.reduce((name, rule) => {
      if (typeof rule === 'function') return rule(name);
      return name.replace(rule[0], rule[1]);
    }, addPrefix + stripped);
  };
}

/**
 * Picks and renames the entries of a map.
 *
 * @returns a new map; values are the same
 * @throws RangeError if two entries would go by one name
 */
export function selectKeys<Value>(
  entries: Iterable<readonly [string, Value]>,
  selection: KeySelection,
): Map<string, Value> {
  const select = keySelector(selection);
  const selected = new Map<string, Value>();
  const origins = new Map<string, string>();
  for (const [key, value] of entries) {
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
