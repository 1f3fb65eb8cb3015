import type {
  ColumnProfile,
  DateOrder,
  MissingWords,
  OddWord,
  RawColumn,
  RawTable,
  ValueType,
} from '@warmstart/datasets';
import { dateOrderOf, dateView, inferType, numberView, profileOf } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { RowsOptions } from '../open/rows-options.js';

/** A column of features, and how it is to be read. */
export interface ColumnPlan {
  readonly column: RawColumn;
  readonly profile: ColumnProfile;
  readonly type: ValueType;
  /** Why it is that type, where somebody might have meant another. */
  readonly why?: string;
  readonly dateOrder: DateOrder;
}

/** What a column holds, by its values or as it was stated. */
export function planColumn(
  column: RawColumn,
  rowCount: number,
  missing: MissingWords,
  { types = {}, dateOrder }: Pick<RowsOptions, 'types' | 'dateOrder'>,
): ColumnPlan {
  const profile = profileOf(column, rowCount);
  const stated = Object.hasOwn(types, column.name) ? types[column.name] : undefined;
  const { type, why } =
    stated === undefined ? inferType(column, profile, missing) : { type: stated, why: undefined };
  const found = type === 'date' ? dateOrderOf(column.words) : undefined;
  const open = found?.isOpen && dateOrder === undefined;
  const openOrder = `holds dates such as ${column.words[0]}, read as month before day (option dateOrder)`;
  const reason = open ? openOrder : why;
  return {
    column,
    profile,
    type,
    dateOrder: dateOrder ?? found?.order ?? 'month-first',
    ...(reason === undefined ? {} : { why: reason }),
  };
}

/** Refuses words in a column of numbers or dates, instead of making something else of the whole column. */
export function refuseOddWords(
  plan: ColumnPlan,
  table: RawTable,
  missing: MissingWords,
  { name, isLearned }: { readonly name: string; readonly isLearned: boolean },
): void {
  const { type, column } = plan;
  if (type !== 'number' && type !== 'date') return;
  const { oddWords } =
    type === 'number' ? numberView(column, missing) : dateView(column, missing, plan.dateOrder);
  const first = firstOf(oddWords, plan.profile);
  if (first === undefined) return;
  const rows = oddWords.reduce((sum, { number }) => sum + (plan.profile.wordRows[number] as number), 0);
  throw oddWordError(plan, {
    first,
    rows,
    row: plan.profile.firstRow[first.number] as number,
    table,
    name,
    isLearned,
  });
}

function firstOf(words: readonly OddWord[], { firstRow }: ColumnProfile): OddWord | undefined {
  return [...words].sort((a, b) => (firstRow[a.number] as number) - (firstRow[b.number] as number))[0];
}

function oddWordError(
  { column, type }: ColumnPlan,
  about: { first: OddWord; rows: number; row: number; table: RawTable; name: string; isLearned: boolean },
): TransferError {
  const { first, rows, table, name } = about;
  const shown = JSON.stringify(first.word.slice(0, 40));
  const { file, record } = table.placeOf(about.row);
  const where = `row ${record}${file !== undefined && file !== name && !name.endsWith(file) ? ` of ${file}` : ''}`;
  const more = rows > 1 ? ` and ${rows - 1} more rows have such words` : '';
  const others = about.isLearned
    ? ''
    : `; or read the column as words with option types (${column.name}=category); or leave it out with option ignore`;
  const what = type === 'date' ? 'dates' : 'numbers';
  return new TransferError(
    'bad-value',
    `${name}: column "${column.name}" holds ${what}, but ${shown} in ${where}${more}. Correct the file; or, if it means that there is no value, add ${shown} to option missing${others}.`,
    { file: name },
  );
}
