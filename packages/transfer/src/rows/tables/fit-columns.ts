import type { MissingWords, NumberView } from '@warmstart/datasets';
import { dateView, numberView, textAt, wordView } from '@warmstart/datasets';
import type {
  CategoryColumn,
  DateColumn,
  InputColumn,
  NumberColumn,
  TextColumn,
} from '../../schema/input-schema.js';
import { bySize } from './choose-label.js';
import type { ColumnPlan } from './column-plan.js';
import { tokensOf } from './text-features.js';

/** Learns how one column is prepared: mean and deviation of these rows, words of all rows. */
export function fitColumn(plan: ColumnPlan, rows: ArrayLike<number>, missing: MissingWords): InputColumn {
  const { column, type } = plan;
  switch (type) {
    case 'number':
      return fitNumber(column.name, numberView(column, missing), rows);
    case 'date':
      return fitDate(plan, dateView(column, missing, plan.dateOrder), rows);
    case 'text':
      return fitText(plan, rows, missing);
    default:
      return fitCategory(plan, missing);
  }
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly known: number;
}

/** Of the rows that have a value; deviation 1 where it never varies. @see Welford 1962 */
function momentsOf(view: NumberView, rows: ArrayLike<number>): Moments {
  let [known, mean, squares] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < rows.length; index++) {
    const value = view.at(rows[index] as number);
    if (Number.isNaN(value)) continue;
    known++;
    const offset = value - mean;
    mean += offset / known;
    squares += offset * (value - mean);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  // numbers near the end of what float64 holds have neither
  const hasMoments = Number.isFinite(mean) && Number.isFinite(squares);
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const moments = hasMoments
    ? { mean, deviation: deviationOf(squares, known, mean) }
    : { mean: 0, deviation: largest };
  return { ...moments, min, max, known };
}

/** A column that varies by no more than rounding does not vary. */
function deviationOf(squares: number, known: number, mean: number): number {
  const deviation = Math.sqrt(squares / Math.max(1, known));
  return deviation > Math.abs(mean) * 1e-14 ? deviation : 1;
}

/** Enough rows lack a value, and enough have one, for that to be a feature of its own. */
function needsIndicator(known: number, rowCount: number): boolean {
  const lacking = rowCount - known;
  return lacking >= Math.max(3, 0.01 * rowCount) && known > 0;
}

function fitNumber(name: string, view: NumberView, rows: ArrayLike<number>): NumberColumn {
  const { mean, deviation, known } = momentsOf(view, rows);
  const indicator = needsIndicator(known, rows.length);
  return { type: 'number', name, mean, deviation, ...(indicator ? { indicator } : {}) };
}

function fitDate({ column, dateOrder }: ColumnPlan, view: NumberView, rows: ArrayLike<number>): DateColumn {
  const { mean, deviation, min, max, known } = momentsOf(view, rows);
  const indicator = needsIndicator(known, rows.length);
  const cycles: DateColumn['cycles'][number][] = [];
  if (max - min >= 365) cycles.push('year');
  if (max - min >= 7) cycles.push('week');
  for (let index = 0; index < rows.length; index++) {
    const value = view.at(rows[index] as number);
    if (Number.isNaN(value) || (value - min) % 1 === 0) continue;
    if (max - min >= 1) cycles.push('day');
    break;
  }
  return {
    type: 'date',
    name: column.name,
    mean,
    deviation,
    order: dateOrder,
    cycles,
    ...(indicator ? { indicator } : {}),
  };
}

function fitCategory({ column, profile }: ColumnPlan, missing: MissingWords): CategoryColumn {
  const view = wordView(column, missing);
  for (let row = 0; row < profile.rowCount; row++) view.at(row);
  return { type: 'category', name: column.name, words: [...view.words].sort(bySize) };
}

const mostWords = 500;

/** The words that stand in most rows, of those that come in a few rows at least. @see Spärck Jones 1972 */
function fitText({ column }: ColumnPlan, rows: ArrayLike<number>, missing: MissingWords): TextColumn {
  const counts = new Map<string, number>();
  for (let index = 0; index < rows.length; index++) {
    const text = textAt(column, rows[index] as number);
    if (missing.isWord(text)) continue;
    for (const word of new Set(tokensOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const least = Math.max(2, Math.ceil(rows.length * 0.002));
  const kept = [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, mostWords)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const weights = kept.map(([, count]) => Math.log((1 + rows.length) / (1 + count)) + 1);
  return { type: 'text', name: column.name, words: kept.map(([word]) => word), weights };
}
