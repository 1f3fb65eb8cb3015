import { shuffle } from '@warmstart/random';
import type { Random } from '@warmstart/shapes/host';
import type { Batch, ColumnInfo, Columns, Schema } from './columns.js';
import { rowWidth } from './columns.js';
import type { Dataset } from './dataset.js';
import { rowKeys } from './row-keys.js';

export interface SplitOptions<C extends Columns> {
  /** The class column whose shares every part keeps. Default: the only column with class names, if there is one. */
  readonly by?: keyof C & string;
  /** Rows with the same value of this column stay together (a film, a patient, a book). */
  readonly group?: keyof C & string;
}

/**
 * Divides rows into parts, at random, each with the whole's share of every class.
 *
 * Rows with equal features always fall into the same part, so nothing seen in one is tested in another.
 * Every part keeps its rows in their first order. Rows are read once; only keys stay in memory.
 *
 * @param shares - what each part gets, e.g. `{ train: 0.6, validation: 0.2, test: 0.2 }`; summing to at most 1
 * @param random - e.g. `seededRandom(7)`
 * @throws RangeError if a share is not in (0, 1] or they sum to more than 1; TypeError for other options
 */
export async function split<C extends Columns, Part extends string>(
  dataset: Dataset<C>,
  shares: { readonly [P in Part]: number },
  random: Random,
  options: SplitOptions<C> = {},
): Promise<{ [P in Part]: Dataset<C> }> {
  const parts = Object.entries<number>(shares);
  checkShares(parts);
  checkOptions(random, options);
  const by = options.by ?? onlyClassColumn(dataset.schema);
  const { groups, labels, rowCount } = await readGroups(dataset, by, options.group);
  const partOfGroup = dealOut(groups, labels, parts, random);
  const rows = parts.map(() => [] as number[]);
  for (let row = 0; row < rowCount; row++) {
    const part = partOfGroup[groups[row] as number];
    if (part !== undefined && part >= 0) rows[part]?.push(row);
  }
  const made = parts.map(([name], part) => [name, dataset.select(Uint32Array.from(rows[part] ?? []))]);
  return Object.fromEntries(made); // one entry per part
}

function checkShares(parts: [string, number][]): void {
  const sum = parts.reduce((total, [, share]) => total + share, 0);
  const wrong = parts.find(([, share]) => !(share > 0 && share <= 1));
  if (wrong !== undefined || parts.length === 0 || sum > 1 + 1e-9) {
    const got = parts.map(([name, share]) => `${name} ${share}`).join(', ');
    throw new RangeError(`split: shares must be above 0 and sum to at most 1, got ${got || 'none'}.`);
  }
}

function checkOptions(random: unknown, options: object): void {
  if (typeof random !== 'function') {
    throw new TypeError(`split: random must be a function, got ${random}. Give seededRandom(7).`);
  }
  const unknown = Object.keys(options).find((name) => name !== 'by' && name !== 'group');
  if (unknown === undefined) return;
  throw new TypeError(`split: the options are "by" and "group", got "${unknown}".`);
}

function onlyClassColumn<C extends Columns>(schema: Schema<C>): string | undefined {
  const names = Object.entries<ColumnInfo>(schema).filter(([, info]) => info.classNames !== undefined);
  return names.length === 1 ? names[0]?.[0] : undefined;
}

interface Groups {
  /** Of each row, a number from 0; rows with equal features or equal group column share it. */
  readonly groups: number[];
  /** Of each group, its first row's class. */
  readonly labels: number[];
  readonly rowCount: number;
}

async function readGroups<C extends Columns>(
  dataset: Dataset<C>,
  by: string | undefined,
  group: string | undefined,
): Promise<Groups> {
  const byKey = new Map<string, number>();
  const groups: number[] = [];
  const labels: number[] = [];
  const parents: number[] = []; // union-find: a repeated row may tie two groups together
  const find = (id: number): number => {
    let root = id;
    while (parents[root] !== root) root = parents[root] as number;
    parents[id] = root;
    return root;
  };
  const groupOf = (key: string, label: number): number => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const id = parents.push(parents.length) - 1;
    labels.push(label);
    byKey.set(key, id);
    return id;
  };
  for await (const batch of dataset) {
    const keys = rowKeys(dataset.schema, batch);
    for (let row = 0; row < batch.rowCount; row++) {
      const label = by === undefined ? 0 : classOf(batch, by, row);
      const id = groupOf(`row ${keys[row]}`, label);
      if (group !== undefined) {
        const other = groupOf(`group ${groupValue(dataset.schema, batch, group, row)}`, label);
        parents[find(id)] = find(other);
      }
      groups.push(id);
    }
  }
  return { groups: groups.map(find), labels, rowCount: groups.length };
}

function classOf<C extends Columns>(batch: Batch<C>, by: string, row: number): number {
  const labels = batch.columns[by];
  if (labels instanceof Int32Array) return labels[row] as number;
  throw new TypeError(`split: by must name a column of classes (int32), got "${by}".`);
}

function groupValue<C extends Columns>(
  schema: Schema<C>,
  batch: Batch<C>,
  column: string,
  row: number,
): string {
  const data = batch.columns[column];
  const info = schema[column];
  if (data === undefined || info === undefined || rowWidth(info) !== 1) {
    throw new TypeError(`split: group must name a column with one value per row, got "${column}".`);
  }
  return String(data[row]);
}

/** Deals groups, class by class and in random order, to whichever part lacks most rows of that class. */
function dealOut(groups: number[], labels: number[], parts: [string, number][], random: Random): number[] {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const byClass = new Map<number, number[]>();
  for (const group of sizes.keys()) {
    const label = labels[group] as number;
    const members = byClass.get(label);
    if (members === undefined) byClass.set(label, [group]);
    else members.push(group);
  }
  const partOfGroup: number[] = [];
  for (const [, members] of [...byClass].sort(([a], [b]) => a - b)) {
    shuffle(members, random);
    const total = members.reduce((sum, group) => sum + (sizes.get(group) ?? 0), 0);
    fillParts(
      members,
      sizes,
      parts.map(([, share]) => share * total),
      partOfGroup,
    );
  }
  return partOfGroup;
}

/** Part after part takes groups until its share is as near as it gets; what is left over goes nowhere. */
function fillParts(members: number[], sizes: Map<number, number>, wanted: number[], into: number[]): void {
  let [part, filled, target] = [0, 0, wanted[0] ?? 0];
  for (const group of members) {
    const size = sizes.get(group) ?? 0;
    while (part < wanted.length && filled + size / 2 > target + 1e-9) target += wanted[++part] ?? 0;
    into[group] = part < wanted.length ? part : -1;
    filled += size;
  }
}
