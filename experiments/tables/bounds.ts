import type { MeasuredDraw } from './measure-draw.js';
import { type LabelCount, labelCounts, type Scores, type TableReference } from './reference.js';

/** Means over the draws of one table and number of labels: log loss, or R². */
export interface TableRow {
  readonly table: string;
  readonly labels: LabelCount;
  readonly measure: 'logLoss' | 'rSquared';
  readonly draws: number;
  readonly shares: number;
  readonly linear: number;
  readonly boosting: number;
  readonly forest: number;
  readonly head: number;
  readonly default: number;
  /** Which ways the default chose, and how often. */
  readonly chosen: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** The bounds that the default does not keep, and by how much it is worse than the other. */
  readonly missed: readonly { readonly bound: string; readonly worseBy: number }[];
}

/** How much worse the default may be on average: than knowing only class shares, the frozen encoder, a linear model. */
const allowed = { shares: 0.02, head: 0.03, linear: 0.03 } as const;

/** One row of the published table. Draws that were not measured are left out of the references' means too. */
export function tableRow(
  table: string,
  reference: TableReference,
  labels: LabelCount,
  draws: readonly MeasuredDraw[],
): TableRow {
  const measure = reference.task === 'classes' ? 'logLoss' : 'rSquared';
  const references = reference.scores[labels] ?? [];
  const of = (name: 'shares' | 'linear' | 'boosting' | 'forest') =>
    meanOf(
      labels === 'all' ? references : draws.flatMap(({ seed }) => references[seed] ?? []),
      (one) => one[name],
      measure,
    );
  const ours = (name: 'head' | 'default') => meanOf(draws, (one) => one[name], measure);
  const row: Omit<TableRow, 'missed'> = {
    table,
    labels,
    measure,
    draws: draws.length,
    shares: of('shares'),
    linear: of('linear'),
    boosting: of('boosting'),
    forest: of('forest'),
    head: ours('head'),
    default: ours('default'),
    chosen: Object.fromEntries(
      [...new Set(draws.map(({ chosen }) => chosen))].map((way) => [
        way,
        draws.filter(({ chosen }) => chosen === way).length,
      ]),
    ),
    seconds: draws.reduce((sum, { seconds }) => sum + seconds, 0) / draws.length,
  };
  const worseBy = (than: number) => (measure === 'logLoss' ? row.default - than : than - row.default);
  const bounds = ['shares', 'head', ...(labels === 'all' ? [] : ['linear' as const])] as const;
  const missed = bounds
    .map((bound) => ({ bound, worseBy: worseBy(row[bound]) }))
    .filter((one) => !(one.worseBy <= allowed[one.bound]));
  return { ...row, missed };
}

/** All rows of a table whose draws were measured. */
export function tableRows(
  table: string,
  reference: TableReference,
  measured: ReadonlyMap<LabelCount, readonly MeasuredDraw[]>,
): TableRow[] {
  return labelCounts(reference).flatMap((labels) => {
    const draws = measured.get(labels) ?? [];
    return draws.length > 0 ? [tableRow(table, reference, labels, draws)] : [];
  });
}

function meanOf<Item>(items: readonly Item[], scores: (item: Item) => Scores, measure: string): number {
  return items.reduce((sum, item) => sum + (scores(item)[measure] ?? Number.NaN), 0) / items.length;
}

/** The rows as Markdown, those of classes and those of numbers apart. */
export function markdownOf(rows: readonly TableRow[]): string {
  const parts = (['logLoss', 'rSquared'] as const).map((measure) => {
    const own = rows.filter((row) => row.measure === measure);
    if (own.length === 0) return '';
    const shares = measure === 'logLoss' ? 'class shares' : 'mean';
    const linear = measure === 'logLoss' ? 'logistic' : 'ridge';
    return [
      `| ${measure === 'logLoss' ? 'log loss' : 'R²'} | labels | draws | ${shares} | ${linear} | boosting | forest | head | **default** | chosen | missed |`,
      '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
      ...own.map(lineOf),
    ].join('\n');
  });
  return parts.filter((part) => part !== '').join('\n\n');
}

function lineOf(row: TableRow): string {
  const chosen = Object.entries(row.chosen).map(([way, count]) => `${way} ${count}`);
  const missed = row.missed.map(({ bound, worseBy }) => `${bound} by ${worseBy.toFixed(3)}`);
  const cells = [row.shares, row.linear, row.boosting, row.forest, row.head];
  return `| ${row.table} | ${row.labels} | ${row.draws} | ${cells.map((cell) => cell.toFixed(3)).join(' | ')} | **${row.default.toFixed(3)}** | ${chosen.join(', ')} | ${missed.join(', ')} |`;
}
