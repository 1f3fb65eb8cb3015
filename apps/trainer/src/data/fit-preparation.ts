import type { Batch, ColumnInfo, Columns } from '@warmstart/datasets';
import { trainTokenizer } from '@warmstart/tokenizers';
import type { DataSettings } from '../settings/project.js';
import { DataError } from './data-error.js';
import { logCounts } from './log-counts.js';
import type { CategoryColumn, CodedColumns, NumberColumns, Preparation } from './preparation.js';
import type { Source } from './source.js';

/** Learns from the training rows how rows are prepared. Labels are looked at only to scale a number to predict. */
export async function fitPreparation(
  source: Source,
  train: Batch<Columns>,
  settings: DataSettings,
): Promise<Preparation> {
  const answer = source.answer ? { answer: scaledAnswer(source.answer, train) } : {};
  const about = { ...answer, ...(source.table ? { table: source.table } : {}) };
  switch (source.kind) {
    case 'images':
      return { ...about, kind: 'images', ...fitPixels(train) };
    case 'texts':
      return { ...about, kind: 'texts', ...(await fitTokens(train, settings.textLength)) };
    case 'counts':
      return { ...about, kind: 'counts', columns: [fitGenes(source, train, settings.genes)] };
    case 'table':
      return { ...about, kind: 'table', columns: fitColumns(source, train, settings.splitColumn) };
  }
}

function scaledAnswer(
  answer: NonNullable<Source['answer']>,
  { columns }: Batch<Columns>,
): NonNullable<Preparation['answer']> {
  if (answer.kind === 'classes') return answer;
  const known = [...((columns.target ?? []) as Float32Array)].filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, known.length);
  return { ...answer, mean, deviation: Math.sqrt(variance) || 1 };
}

/** Every column but the answer and the one that says which part a row is of: numbers, then categories. */
function fitColumns(
  { name, dataset }: Source,
  train: Batch<Columns>,
  splitColumn: string | undefined,
): (NumberColumns | CodedColumns | CategoryColumn)[] {
  const { features, label: _, target: __, ...others } = dataset.schema;
  const columns: (NumberColumns | CodedColumns | CategoryColumn)[] = [];
  if (features) {
    const names = namesOf(features);
    const values = train.columns.features as Float32Array; // the schema says so
    columns.push(
      name === 'dna-splice'
        ? { kind: 'coded', names, groupSize: 4 } // a nucleotide is one of four letters
        : { kind: 'numbers', names, ...moments(values, names.length) },
    );
  }
  for (const [column, { classNames }] of Object.entries(others)) {
    if (column !== splitColumn && classNames && classNames.length > 0)
      columns.push({ kind: 'category', column, classNames: [...classNames] });
  }
  if (columns.length > 0) return columns;
  throw new DataError(
    'no-data',
    `${name}: there must be a column of numbers or categories to learn from, got none.`,
    name,
  );
}

/** The genes that vary most on the scale of the logarithm. */
function fitGenes({ name, dataset }: Source, train: Batch<Columns>, most: number): NumberColumns {
  const info = dataset.schema.features;
  if (!info) throw new DataError('no-data', `${name}: counts must be numbers, got no column of them.`, name);
  const names = namesOf(info);
  const logs = logCounts(train.columns.features as Float32Array, names.length, name); // the schema says so
  const { mean, deviation } = moments(logs, names.length);
  const order = [...names.keys()].sort(
    (a, b) => (deviation[b] as number) - (deviation[a] as number) || a - b,
  );
  const places = order.slice(0, most).sort((a, b) => a - b);
  const pick = <Item>(items: readonly Item[]) => places.map((place) => items[place] as Item);
  return {
    kind: 'numbers',
    counts: true,
    places,
    names: pick(names),
    mean: pick(mean),
    deviation: pick(deviation),
  };
}

function namesOf({ names, shape }: ColumnInfo): string[] {
  return names ? [...names] : Array.from({ length: shape[0] ?? 1 }, (_, index) => `feature ${index + 1}`);
}

/** Of each column, over the rows in which it is known; a column that never varies gets deviation 1. */
function moments(values: Float32Array, width: number): { mean: number[]; deviation: number[] } {
  const count = new Float64Array(width);
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    if (Number.isNaN(value)) continue;
    const column = index % width;
    count[column] = (count[column] as number) + 1;
    const offset = value - (mean[column] as number);
    mean[column] = (mean[column] as number) + offset / (count[column] as number);
    squares[column] = (squares[column] as number) + offset * (value - (mean[column] as number));
  }
  const deviation = [...squares].map(
    (sum, column) => Math.sqrt(sum / Math.max(1, count[column] as number)) || 1,
  );
  return { mean: [...mean], deviation };
}

function fitPixels({ columns, shapes, rowCount }: Batch<Columns>): {
  size: number;
  mean: number[];
  deviation: number[];
} {
  const size = shapes.image?.[1] ?? 0;
  const pixels = columns.image as Uint8Array; // decoded by now
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let index = 0; index < pixels.length; index++) {
    const value = (pixels[index] as number) / 255;
    sums[index % 3] = (sums[index % 3] as number) + value;
    squares[index % 3] = (squares[index % 3] as number) + value * value;
  }
  const perChannel = Math.max(1, rowCount * size * size);
  const mean = sums.map((sum) => sum / perChannel);
  const deviation = squares.map((sum, channel) => {
    const variance = sum / perChannel - (mean[channel] as number) ** 2;
    return Math.sqrt(Math.max(variance, 1e-6));
  });
  return { size, mean, deviation };
}

async function fitTokens({ columns }: Batch<Columns>, length: number) {
  const texts = (columns.text ?? []) as string[];
  const tokenizer = await trainTokenizer(texts, { model: 'word-piece', vocabularySize: 4000 });
  return { length, tokenizer: tokenizer.toJSON(), vocabularySize: tokenizer.size };
}
