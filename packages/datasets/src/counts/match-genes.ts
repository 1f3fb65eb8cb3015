/** Genes as a schema has them: `schema.features`. */
export interface NamedGenes {
  readonly names?: readonly string[] | undefined;
  readonly ids?: readonly string[] | undefined;
}

export interface GeneMatch {
  /** For each learned gene its column in the data given; −1 where it has none. */
  readonly columns: Int32Array;
  readonly by: 'id' | 'name';
  /** How many learned genes have a column. */
  readonly matched: number;
  /** Names of the learned genes that have none. */
  readonly missing: readonly string[];
  /** How many columns of the data given are none of the learned genes. */
  readonly unknown: number;
  /** Names that several columns of the data given have: they are matched in their order. */
  readonly duplicates: readonly string[];
}

/**
 * Finds in other data the genes that a model learned from, by what they are called, never by position: by identifier
 * or by name, whichever finds more. Versions of Ensembl's identifiers (`ENSG00000141510.18`) do not count.
 *
 * @param learned - of the data the model learned from, e.g. `dataset.schema.features`
 * @throws RangeError where either has neither names nor ids
 */
export function matchGenes(learned: NamedGenes, given: NamedGenes): GeneMatch {
  const tries = (['id', 'name'] as const).flatMap((by) => {
    const [from, to] = by === 'id' ? [learned.ids, given.ids] : [learned.names, given.names];
    return from === undefined || to === undefined ? [] : [matchBy(by, from, to, learned.names ?? from)];
  });
  // an identifier in one file may be the name in the other
  const [best] = tries.sort((a, b) => b.matched - a.matched);
  if (best !== undefined) return best;
  throw new RangeError('matchGenes: genes must have names or ids on both sides, got none on one.');
}

function matchBy(
  by: 'id' | 'name',
  learned: readonly string[],
  given: readonly string[],
  names: readonly string[],
): GeneMatch {
  const places = new Map<string, number[]>();
  for (const [column, name] of given.entries()) {
    const key = keyOf(name);
    const others = places.get(key);
    if (others === undefined) places.set(key, [column]);
    else others.push(column);
  }
  const met = new Map<string, number>();
  const columns = Int32Array.from(learned, (name) => {
    const key = keyOf(name);
    const before = met.get(key) ?? 0;
    met.set(key, before + 1);
    return places.get(key)?.[before] ?? -1;
  });
  const used = new Set(columns);
  used.delete(-1);
  return {
    columns,
    by,
    matched: columns.reduce((sum, column) => sum + (column >= 0 ? 1 : 0), 0),
    missing: names.filter((_, gene) => columns[gene] === -1),
    unknown: given.length - used.size,
    duplicates: [...places].filter(([, all]) => all.length > 1).map(([key]) => key),
  };
}

function keyOf(name: string): string {
  return name.replace(/^(ENS[A-Z]*G\d+)\.\d+$/, '$1');
}
