import type { ColumnProfile, MissingWords, RawColumn, RawTable, WordView } from '@warmstart/datasets';
import { numberView, profileOf, wordView } from '@warmstart/datasets';
import { TransferError } from '../../errors.js';
import type { OutputColumn } from '../../schema/output-schema.js';
import { listed } from '../listed.js';
import type { RowsOptions } from '../open/rows-options.js';

/** The label of a table's rows. */
export interface TableLabel {
  readonly column: RawColumn;
  readonly output: OutputColumn;
  /** As in `RowIndex`. */
  readonly values: Float64Array;
  readonly missing: number;
}

const usualNames = new Set(
  'label labels class classes target y species diagnosis outcome category sentiment'.split(' '),
);
const mostClassesOfNumbers = 20;

/** The column that is probably to be predicted: by its name, or the last one if it holds few words, or 0 and 1. */
export function guessLabel(
  { columns, rowCount }: RawTable,
  missing: MissingWords,
): { name: string; why: string } | undefined {
  const named = columns.find(({ name }) => usualNames.has(name.toLowerCase()));
  if (named !== undefined) return { name: named.name, why: 'by its name' };
  const last = columns.at(-1);
  if (last === undefined || columns.length < 2) return undefined;
  const profile = profileOf(last, rowCount);
  const words = last.words.filter((word) => !missing.isWord(word)).length;
  const numbers = profile.distinct?.size ?? rowCount;
  const known = rowCount - profile.empty;
  const isFlag = words === 0 && numbers === 2 && profile.min === 0 && profile.max === 1;
  const isFew = !last.wordsRepeat && words > 1 && numbers === 0 && words <= 50 && words * 2 <= known;
  if (!isFlag && !isFew) return undefined;
  return {
    name: last.name,
    why: isFlag ? 'the last column, of 0 and 1' : 'the last column, of few different words',
  };
}

/** The label's values by row. @throws TransferError `one-class`, `too-many-classes`, `bad-value` */
export function labelOf(
  column: RawColumn,
  table: RawTable,
  missing: MissingWords,
  options: Pick<RowsOptions, 'task'> & { name: string; notes: string[]; isGuess: boolean },
): TableLabel {
  const profile = profileOf(column, table.rowCount);
  const { task = 'auto' } = options;
  const hasWords = column.words.some(
    (word, index) => (profile.wordRows[index + 1] as number) > 0 && !missing.isAmongNumbers(word),
  );
  const distinct = profile.distinct?.size ?? Number.POSITIVE_INFINITY;
  const manyNumbers = !hasWords && distinct > mostClassesOfNumbers;
  if (task === 'number' || (task === 'auto' && manyNumbers)) {
    if (task === 'auto') options.notes.push(`task: predict the number ${column.name} (option task)`);
    return numberLabel(column, profile, table, missing, options.name);
  }
  return classLabel(column, table, missing, options);
}

function numberLabel(
  column: RawColumn,
  profile: ColumnProfile,
  table: RawTable,
  missing: MissingWords,
  name: string,
): TableLabel {
  const view = numberView(column, missing);
  const [odd] = view.oddWords;
  if (odd !== undefined) {
    const { record } = table.placeOf(profile.firstRow[odd.number] as number);
    const shown = JSON.stringify(odd.word.slice(0, 40));
    throw new TransferError(
      'bad-value',
      `${name}: the label "${column.name}" must be a number, got ${shown} in row ${record}. Correct the file, add ${shown} to option missing, or predict classes with option task.`,
      { file: name },
    );
  }
  const values = Float64Array.from({ length: table.rowCount }, (_, row) => view.at(row));
  return {
    column,
    output: { kind: 'number', column: column.name },
    values,
    missing: countOf(values, Number.isNaN),
  };
}

function classLabel(
  column: RawColumn,
  table: RawTable,
  missing: MissingWords,
  { name, notes }: { name: string; notes: string[] },
): TableLabel {
  const view = wordView(column, missing);
  const places = Int32Array.from({ length: table.rowCount }, (_, row) => view.at(row));
  const classNames = [...view.words].filter((_, place) => places.includes(place)).sort(bySize);
  const classOf = Int32Array.from(view.words, (word) => classNames.indexOf(word));
  const values = Float64Array.from(places, (place) => (place < 0 ? -1 : (classOf[place] as number)));
  const lacking = countOf(values, (value) => value < 0);
  checkClasses(classNames, table.rowCount - lacking, column.name, name);
  const output = { kind: 'classes', column: column.name, classNames } as const;
  notes.push(
    `task: ${classNames.length} classes of ${column.name}: ${listed(classNames)} (options label, task)`,
  );
  const twins = classNames.filter((word) =>
    classNames.some((other) => other !== word && other.toLowerCase() === word.toLowerCase()),
  );
  if (twins.length > 0)
    notes.push(
      `warning: classes of ${column.name} differ only in small and capital letters: ${listed(twins)}`,
    );
  return { column, output, values, missing: lacking };
}

function checkClasses(classNames: readonly string[], labelled: number, label: string, name: string): void {
  if (classNames.length < 2) {
    throw new TransferError(
      'one-class',
      `${name}: column "${label}" must hold at least 2 classes, got ${classNames.length === 1 ? `only "${classNames[0]}"` : 'none'}. Choose another column with option label.`,
      { file: name },
    );
  }
  if (classNames.length <= labelled / 2) return;
  throw new TransferError(
    'too-many-classes',
    `${name}: column "${label}" has ${classNames.length} classes in ${labelled} labelled rows, but a class needs 2 rows at least. Choose another column with option label, or predict a number with option task.`,
    { file: name },
  );
}

/** A label of new rows by the classes that a model knows. @throws TransferError `unknown-value`, `bad-value` */
export function learnedLabel(
  column: RawColumn,
  table: RawTable,
  missing: MissingWords,
  {
    name,
    output,
    unknown,
    notes,
  }: { name: string; output: OutputColumn; unknown: 'error' | 'missing'; notes: string[] },
): TableLabel {
  if (output.kind === 'number')
    return numberLabel(column, profileOf(column, table.rowCount), table, missing, name);
  const view = wordView(column, missing);
  const places = Int32Array.from({ length: table.rowCount }, (_, row) => view.at(row));
  const classOf = learnedPlaces(view, output.classNames);
  const strange = view.words.filter((_, place) => classOf[place] === -1 && places.includes(place));
  const rows = countOf(places, (place) => place >= 0 && classOf[place] === -1);
  if (strange.length > 0) {
    const what = `the model has not learned the ${strange.length === 1 ? 'class' : 'classes'} ${listed(strange)} of "${column.name}" (${rows} of ${table.rowCount} rows); it knows ${listed(output.classNames)}`;
    if (unknown === 'error')
      throw new TransferError(
        'unknown-value',
        `${name}: ${what}. Correct the labels, or count such rows as unlabelled with option unknown (missing).`,
        { file: name },
      );
    notes.push(`${what}: they count as unlabelled`);
  }
  const values = Float64Array.from(places, (place) => (place < 0 ? -1 : (classOf[place] as number)));
  return { column, output, values, missing: countOf(values, (value) => value < 0) };
}

/** By place in a view, the place among the learned words; −1 where it is not among them. */
export function learnedPlaces(view: WordView, learned: readonly string[]): Int32Array {
  const known = new Map(learned.map((word, index) => [word, index]));
  return Int32Array.from(view.words, (word) => known.get(word) ?? -1);
}

function countOf(values: ArrayLike<number>, holds: (value: number) => boolean): number {
  let count = 0;
  for (let index = 0; index < values.length; index++) if (holds(values[index] as number)) count++;
  return count;
}

/** Numbers by size, before words by code unit. */
export function bySize(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
