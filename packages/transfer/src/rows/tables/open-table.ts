import type { Origin, RawColumn, RawTable } from '@warmstart/datasets';
import { MissingWords, wordView } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { InputSchema, TableInput } from '../../schema/input-schema.js';
import { listed } from '../listed.js';
import { noteText } from '../note-text.js';
import type { RowsOptions } from '../open/rows-options.js';
import { refuseOtherKind } from '../other-kind.js';
import type { ColumnSummary } from '../rows.js';
import type { TableLabel } from './choose-label.js';
import { guessLabel, labelOf, learnedLabel } from './choose-label.js';
import type { ColumnPlan } from './column-plan.js';
import { planColumn, refuseOddWords } from './column-plan.js';
import { summaryOf } from './column-summary.js';
import type { TableParts } from './table-rows.js';
import { refuseAbsentColumns } from './table-rows.js';

/** A table as it was read, and what is known of it besides. */
export interface OpenedTable {
  readonly name: string;
  readonly table: RawTable;
  readonly licence?: string;
  readonly origin: Origin;
  readonly groups?: ReadonlyMap<string, number>;
  /** The label, where the data themselves say so. */
  readonly label?: string;
}

/** Which columns of a table are features, which one is the label, and how each is read. */
export function describeTable(opened: OpenedTable, options: RowsOptions): TableParts {
  const { name, table } = opened;
  if (table.rowCount === 0)
    throw new TransferError('no-data', `${name}: a table must have rows, got only a header.`, { file: name });
  const notes = table.notes.map(noteText);
  const missingWords = missingOf(options);
  const missing = new MissingWords(missingWords.missingValues, missingWords.missingWords);
  checkNames(opened, options);
  const learned = options.like?.input;
  const label = chooseLabel(opened, options, missing, notes);
  const parts = options.splitColumn === undefined ? undefined : partsOf(opened, options.splitColumn, missing);
  const about = { opened, options, missing, notes, label, leftOut: new Map<string, string>() };
  const isTable = learned !== undefined && learned.kind !== 'texts'; // a model of texts has learned no columns
  const plans = isTable ? learnedPlans(about, learned as TableInput) : guessedPlans(about);
  for (const plan of plans) refuseOddWords(plan, table, missing, { name, isLearned: learned !== undefined });
  notes.push(...missingNotes(plans, label, missing, table.rowCount));
  return {
    name,
    origin: opened.origin,
    ...(opened.licence === undefined ? {} : { licence: opened.licence }),
    table,
    missing,
    missingWords,
    plans,
    groups: opened.groups ?? new Map(),
    ...(label ? { label } : {}),
    ...(parts ? { parts } : {}),
    columns: summariesOf(about, plans),
    notes,
  };
}

interface About {
  readonly opened: OpenedTable;
  readonly options: RowsOptions;
  readonly missing: MissingWords;
  readonly notes: string[];
  readonly label: TableLabel | undefined;
  /** Why a column is left out. */
  readonly leftOut: Map<string, string>;
}

function missingOf({ missing = [], missingValues, like }: RowsOptions): TableParts['missingWords'] {
  const learned = like?.input.kind === 'table' ? like.input : undefined;
  const more = [...new Set([...(learned?.missingWords ?? []), ...missing])];
  const values = missingValues ?? learned?.missingValues;
  return {
    ...(more.length > 0 ? { missingWords: more } : {}),
    ...(values === undefined ? {} : { missingValues: values }),
  };
}

function checkNames(
  { name, table }: OpenedTable,
  { label, ignore = [], types = {}, splitColumn, like }: RowsOptions,
): void {
  if (like !== undefined) return; // rows to predict lack the label, and what is named may be left out
  const asked = [
    ...(label ? [label] : []),
    ...ignore,
    ...Object.keys(types),
    ...(splitColumn === undefined ? [] : [splitColumn]),
  ];
  const absent = asked.find((column) => !table.names.includes(column));
  if (absent === undefined) return;
  const twin = table.names.find((column) => column.toLowerCase() === absent.trim().toLowerCase());
  throw new TransferError(
    'no-column',
    `${name}: there is no column "${absent}".${twin === undefined ? '' : ` Did you mean "${twin}"?`} It has ${listed(table.names, 12)}.`,
    { file: name },
  );
}

function chooseLabel(
  { name, table, label: given }: OpenedTable,
  options: RowsOptions,
  missing: MissingWords,
  notes: string[],
): TableLabel | undefined {
  const { like, ignore = [], splitColumn } = options;
  const output = like?.output;
  const stated = options.label === undefined ? (output?.column ?? given) : options.label;
  if (stated === null) return undefined;
  const candidates = table.columns.filter(
    (column) => !ignore.includes(column.name) && column.name !== splitColumn,
  );
  const isGuess = stated === undefined;
  // an encoder knows no label: one is looked for among the columns that it did not learn
  const taken = new Set(like?.input.kind === 'table' ? namesOf(like.input) : []);
  const guess = isGuess
    ? guessLabel({ ...table, columns: candidates.filter((column) => !taken.has(column.name)) }, missing)
    : undefined;
  const column = candidates.find((one) => one.name === (stated ?? guess?.name));
  if (column === undefined) return undefined;
  if (guess !== undefined) notes.push(`label: ${guess.name}, guessed ${guess.why} (option label)`);
  refuseLearnedLabel(column.name, taken, name);
  if (output)
    return learnedLabel(column, table, missing, { name, output, unknown: options.unknown ?? 'error', notes });
  return labelOf(column, table, missing, {
    name,
    notes,
    isGuess,
    ...(options.task ? { task: options.task } : {}),
  });
}

function refuseLearnedLabel(label: string, learned: ReadonlySet<string>, name: string): void {
  if (!learned.has(label)) return;
  throw new TransferError(
    'other-data',
    `${name}: the encoder has learned to rebuild column "${label}", so it knows the label. Pre-train again with option label (${label}), which leaves it out.`,
    { file: name },
  );
}

/** The names of a schema's columns. */
export function namesOf({ columns }: TableInput): string[] {
  return columns.flatMap((column) => (column.type === 'one-hot' ? [...column.names] : [column.name]));
}

function guessedPlans({
  opened: { table, name },
  options,
  missing,
  notes,
  label,
  leftOut,
}: About): ColumnPlan[] {
  const { ignore = [], splitColumn, types = {} } = options;
  const set = [...ignore, splitColumn, label?.column.name];
  const all = table.columns
    .filter((column) => !set.includes(column.name))
    .map((column) => planColumn(column, table.rowCount, missing, options));
  for (const { column, type, why } of all) {
    if (type === 'ignore' && why !== undefined) leftOut.set(column.name, `left out: it ${why}`);
    if (why !== undefined && !Object.hasOwn(types, column.name))
      notes.push(`${column.name} ${why}${type === 'ignore' ? ': left out' : ''} (option types)`);
  }
  const plans = all.filter(({ type }) => type !== 'ignore');
  if (plans.length > 0) return plans;
  throw new TransferError(
    'no-data',
    `${name}: there must be a column to learn from beside the label, got none. Option types keeps a column that was left out.`,
    { file: name },
  );
}

/** The columns that a model learned, as it learned them. */
function learnedPlans(
  { opened: { table, name }, missing, options, notes, label }: About,
  input: TableInput,
): ColumnPlan[] {
  if (input.kind !== 'table') {
    throw refuseOtherKind(name, (input as InputSchema).kind, 'table');
  }
  const wanted = namesOf(input);
  refuseAbsentColumns(
    wanted,
    table.names.filter((column) => !options.ignore?.includes(column)),
    name,
  );
  const known = new Set([...wanted, label?.column.name, options.splitColumn]);
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  const extra = table.names.filter((column) => !known.has(column));
  if (extra.length > 0) notes.push(`not used, the model has not learned them: ${listed(extra)}`);
  return input.columns.flatMap((learned) => {
    const names = learned.type === 'one-hot' ? learned.names : [learned.name];
    const type = learned.type === 'one-hot' ? 'number' : learned.type;
    const dateOrder = learned.type === 'date' ? learned.order : options.dateOrder;
    return names.map((column) =>
      planColumn(byName.get(column) as RawColumn, table.rowCount, missing, {
        // it is there
        types: { [column]: type },
        ...(dateOrder ? { dateOrder } : {}),
      }),
    );
  });
}

const partNames: Readonly<Record<string, number>> = {
  train: 0,
  training: 0,
  validation: 1,
  valid: 1,
  val: 1,
  dev: 1,
  test: 2,
  testing: 2,
};

function partsOf({ table, name }: OpenedTable, splitColumn: string, missing: MissingWords): Uint8Array {
  const column = table.columns.find((one) => one.name === splitColumn) as RawColumn; // its name was checked
  const view = wordView(column, missing);
  return Uint8Array.from({ length: table.rowCount }, (_, row) => {
    const word = view.words[view.at(row)] ?? '';
    const part = Object.hasOwn(partNames, word.toLowerCase()) ? partNames[word.toLowerCase()] : undefined;
    if (part !== undefined) return part;
    const { record } = table.placeOf(row);
    throw new TransferError(
      'bad-value',
      `${name}: column "${splitColumn}" must say train, validation or test, got "${word}" in row ${record}.`,
      { file: name },
    );
  });
}

/** Words that were taken for "no value" and could be something else: `None` of severities, `NA` of countries. */
function missingNotes(
  plans: readonly ColumnPlan[],
  label: TableLabel | undefined,
  missing: MissingWords,
  rowCount: number,
): string[] {
  const notes: string[] = [];
  const say = (column: RawColumn, rowsOf: (word: number) => number, what: string) => {
    column.words.forEach((word, index) => {
      if (word === '' || !missing.isWord(word) || rowsOf(index + 1) === 0) return;
      notes.push(
        `${column.name}: "${word}" in ${rowsOf(index + 1)} of ${rowCount} rows counts as ${what} (option missingValues)`,
      );
    });
  };
  if (label && label.output.kind === 'classes') {
    const counts = new Int32Array(label.column.words.length + 1);
    for (let row = 0; row < rowCount; row++) {
      const word = label.column.word(row);
      counts[word] = (counts[word] as number) + 1;
    }
    say(label.column, (word) => counts[word] as number, 'no label');
  }
  for (const { column, type, profile } of plans)
    if (type === 'category') say(column, (word) => profile.wordRows[word] as number, 'missing');
  for (const { column, type, profile } of plans) {
    if (type !== 'number' && type !== 'date') continue;
    column.words.forEach((word, index) => {
      const rows = profile.wordRows[index + 1] as number;
      if (rows > 0 && missing.isAmongNumbers(word) && !missing.isWord(word))
        notes.push(`${column.name}: "${word}" in ${rows} of ${rowCount} rows counts as missing`);
    });
  }
  return notes;
}

function summariesOf(about: About, plans: readonly ColumnPlan[]): ColumnSummary[] {
  const byName = new Map(plans.map((plan) => [plan.column.name, plan]));
  return about.opened.table.names.map((name) => summarise(name, about, byName.get(name)));
}

function summarise(
  name: string,
  { opened: { table }, options, label, missing, leftOut }: About,
  plan: ColumnPlan | undefined,
): ColumnSummary {
  if (label?.column.name === name) {
    const { output } = label;
    const summary =
      output.kind === 'classes'
        ? `${output.classNames.length} classes (${listed(output.classNames, 3)})`
        : 'a number to predict';
    return { name, type: 'label', missing: label.missing, summary };
  }
  if (name === options.splitColumn)
    return { name, type: 'split', missing: 0, summary: 'train, validation or test' };
  if (plan !== undefined) return summaryOf(plan, missing, table.rowCount);
  return { name, type: 'ignored', missing: 0, summary: leftOut.get(name) ?? 'left out' };
}
