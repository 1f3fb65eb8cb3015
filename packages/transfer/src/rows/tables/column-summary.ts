import type { MissingWords } from '@warmstart/datasets';
import { dateView, numberView } from '@warmstart/datasets';
import { listed } from '../listed.js';
import type { ColumnSummary } from '../rows.js';
import type { ColumnPlan } from './column-plan.js';

/** What a column of features holds, for people. */
export function summaryOf(plan: ColumnPlan, missing: MissingWords, rowCount: number): ColumnSummary {
  const { column, type } = plan;
  if (type === 'category' || type === 'text') return ofWords(plan, missing, rowCount);
  if (type === 'number' && column.words.length === 0 && !missing.hasNumbers) {
    const { numbers, min, max } = plan.profile;
    return {
      name: column.name,
      type,
      missing: rowCount - numbers,
      summary: rangeText('numbers', numbers, min, max),
    };
  }
  const view = type === 'date' ? dateView(column, missing, plan.dateOrder) : numberView(column, missing);
  let known = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < rowCount; row++) {
    const value = view.at(row);
    if (Number.isNaN(value)) continue;
    known++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const summary = rangeText(type === 'date' ? 'dates' : 'numbers', known, min, max);
  return { name: column.name, type: type === 'date' ? 'date' : 'number', missing: rowCount - known, summary };
}

function rangeText(what: 'numbers' | 'dates', known: number, min: number, max: number): string {
  const show = what === 'dates' ? day : round;
  return known === 0 ? 'no value' : `${what} from ${show(min)} to ${show(max)}`;
}

function ofWords(
  { column, profile, type }: ColumnPlan,
  missing: MissingWords,
  rowCount: number,
): ColumnSummary {
  const words = column.words.filter(
    (word, index) => !missing.isWord(word) && (profile.wordRows[index + 1] as number) > 0,
  );
  const known =
    profile.numbers +
    column.words.reduce(
      (sum, word, index) => sum + (missing.isWord(word) ? 0 : (profile.wordRows[index + 1] as number)),
      0,
    );
  const numbers = [...(profile.distinct ?? [])].sort((a, b) => a - b).map(String);
  const all = [...numbers, ...words];
  const summary =
    type === 'text'
      ? `texts, such as ${JSON.stringify((all[0] ?? '').slice(0, 30))}`
      : `${all.length} words (${listed(all, 3)})`;
  return {
    name: column.name,
    type: type === 'text' ? 'text' : 'category',
    missing: rowCount - known,
    summary,
  };
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function day(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}
