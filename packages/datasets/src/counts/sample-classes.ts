import { DatasetError } from '../errors.js';
import { classIndex, inClassOrder, namesText } from '../folders/class-names.js';
import type { DataNote } from '../notes.js';
import type { SampleColumn, SampleTable } from './count-matrix.js';
import type { CountOptions } from './count-options.js';

/** What there is to learn about samples. */
export interface SampleAnswers {
  readonly label?: {
    readonly column: string;
    readonly classNames: readonly string[];
    readonly values: Int32Array;
  };
  readonly target?: { readonly column: string; readonly values: Float64Array };
  readonly notes: readonly DataNote[];
}

const missingWords = ['', 'NA', 'NaN', 'nan', 'N/A', 'null'];

/**
 * @internal Classes or numbers of samples, from the column asked for or the one that looks most like classes.
 *
 * @throws RangeError for a column that is not there; DatasetError `malformed` for a class that is not known
 */
export function answersOf(
  table: SampleTable | undefined,
  samples: readonly string[],
  options: CountOptions,
): SampleAnswers {
  const { labels, label, target } = options;
  if (labels !== undefined) {
    const values = samples.map((name) => (Object.hasOwn(labels, name) ? (labels[name] as string) : ''));
    const classNames = options.classNames ?? inClassOrder(Object.values(labels));
    const column = { name: label ?? 'label', values };
    return { ...classesOf(column, 'labels', { ...options, classNames }) };
  }
  if (table === undefined) return { notes: [] };
  const numbers = target === undefined ? {} : { target: numbersOf(columnOf(table, target, 'target'), table) };
  if (label === null || (label === undefined && target !== undefined)) return { ...numbers, notes: [] };
  if (label !== undefined)
    return { ...classesOf(columnOf(table, label, 'label'), table.file, options), ...numbers };
  const guess = guessLabel(table.columns, options);
  if (guess === undefined) return { notes: [] };
  const { notes, ...found } = classesOf(guess, table.file, options);
  const message = `The classes are those of the column "${guess.name}" of ${table.file}.`;
  return { ...found, notes: [{ kind: 'guessed', code: 'label-column', message, option: 'label' }, ...notes] };
}

function columnOf({ columns, file }: SampleTable, name: string, option: string): SampleColumn {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const names = columns.map((column) => JSON.stringify(column.name));
  throw new RangeError(
    `fromCounts: ${option} must be a column of ${file} (${namesText(names)}), got ${JSON.stringify(name)}.`,
  );
}

const likelyName =
  /cell.?(type|label|class|identity)|^(label|class|type|annotation|celltypes?|diagnosis|condition)s?$/i;

/** Words that come again and again; a column whose name promises classes before others. */
function guessLabel(columns: readonly SampleColumn[], { missingValues = missingWords }: CountOptions) {
  const missing = new Set(missingValues);
  const candidates = columns.filter(({ values }) => {
    const words = values.filter((value) => !missing.has(value));
    const kinds = new Set(words);
    const numeric = words.every((word) => Number.isFinite(Number(word)));
    return !numeric && kinds.size >= 2 && kinds.size <= 50 && words.length >= 2 * kinds.size;
  });
  return candidates.find(({ name }) => likelyName.test(name)) ?? candidates[0];
}

function classesOf({ name, values }: SampleColumn, file: string, options: CountOptions): SampleAnswers {
  const missing = new Set(options.missingValues ?? missingWords);
  const words = values.map((value) => (missing.has(value) ? undefined : value));
  const found = inClassOrder(words.filter((word) => word !== undefined));
  const classNames = options.classNames ?? found;
  const indexOf = classIndex(classNames);
  const unknown = found.filter((word) => indexOf(word) < 0);
  if (unknown.length > 0 && options.unknownClass !== 'unlabelled') {
    const message =
      `fromCounts: every class must be one of ${namesText(classNames)}, got ${namesText(unknown)} in the column "${name}". ` +
      "Pass unknownClass: 'unlabelled' to read those samples without a label.";
    throw new DatasetError('malformed', message, { file });
  }
  const label = { column: name, classNames, values: Int32Array.from(words, indexOf) };
  const without = label.values.reduce((sum, value) => sum + (value < 0 ? 1 : 0), 0);
  if (without === 0) return { label, notes: [] };
  const because = unknown.length > 0 ? ` (among them those of the unknown ${namesText(unknown)})` : '';
  const message = `${without} of ${values.length} samples have no class${because}.`;
  return { label, notes: [{ kind: 'found', code: 'unlabelled-samples', message, option: 'missingValues' }] };
}

function numbersOf({ name, values }: SampleColumn, { file }: SampleTable) {
  const numbers = Float64Array.from(values, (value, sample) => {
    const number = missingWords.includes(value) ? Number.NaN : Number(value);
    if (!Number.isNaN(number) || missingWords.includes(value)) return number;
    const message = `fromCounts: target must be a column of numbers, got ${JSON.stringify(value)} in "${name}" for sample ${sample + 1}.`;
    throw new DatasetError('malformed', message, { file });
  });
  return { column: name, values: numbers };
}
