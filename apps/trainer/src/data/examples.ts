import { createHash } from 'node:crypto';
import { type Batch, type Columns, decodeImages, gatherRows, type Schema } from '@warmstart/datasets';
import { sharpDecoder } from '@warmstart/datasets/node';
import type { DataSettings } from '../settings/project.js';
import { DataError } from './data-error.js';
import { encodeRows, type Part } from './encode-rows.js';
import { fitPreparation } from './fit-preparation.js';
import { openSource } from './open-source.js';
import { columnLines, type KnownTable } from './open-table.js';
import {
  type CodedColumns,
  type Layout,
  layoutOf,
  type NumberColumns,
  type Preparation,
} from './preparation.js';
import type { Source } from './source.js';
import { drawSplits, readSplits, type SplitName, type Splits, sharedRows, splitNames } from './split-rows.js';

/** A data set ready to learn from. */
export interface Examples {
  source: Source;
  preparation: Preparation;
  layout: Layout;
  splits: Splits;
  parts: Record<SplitName, Part>;
  /** SHA-256 of the prepared rows and answers: a run is only resumed on the same. */
  digest: string;
  /** All rows as they were read, images decoded. */
  rows: Batch<Columns>;
}

/** What {@link loadExamples} takes besides settings. */
export interface LoadExamples {
  /** Told what was found and guessed, a line each. */
  tell: (line: string) => void;
  /** Of the encoder to build on: rows are prepared as it learned them. */
  encoder?: Preparation | undefined;
  /** What images are brought to, where a network wants them otherwise than the settings say. */
  imageSize?: ImageSize;
}

/** The shorter side is brought to the one, and the middle of the other cut out. */
export interface ImageSize {
  size: number;
  shorterSide: number;
}

/** No more is cut off than makes it square. */
export function squareOf(size: number): ImageSize {
  return { size, shorterSide: size };
}

/** Opens, divides and prepares what `--data` names. */
export async function loadExamples(
  settings: DataSettings,
  { tell, encoder, imageSize }: LoadExamples,
): Promise<Examples> {
  const known: KnownTable | undefined = encoder?.table && { table: encoder.table, answer: 'new' };
  const source = await openSource(settings, known);
  const rows = await collectRows(
    source,
    imageSize ?? squareOf(encoder?.kind === 'images' ? encoder.size : settings.imageSize),
  );
  if (rows.rowCount < 3) {
    throw new DataError(
      'too-few-rows',
      `${source.name}: at least 3 rows are needed, got ${rows.rowCount}.`,
      source.name,
    );
  }
  const splits = settings.splitColumn
    ? readSplits(source, rows, settings.splitColumn)
    : await drawSplits(rows, settings.splits);
  const { schema } = rows;
  const part = (name: SplitName) => gatherRows(schema, rows, splits[name]);
  const own = encoder
    ? await fitAnswer(source, part('train'), settings)
    : await fitPreparation(source, part('train'), settings);
  const preparation = encoder ? adopt(encoder, own, source) : own;
  const parts = {
    train: await encodeRows(preparation, part('train'), source.name),
    validation: await encodeRows(preparation, part('validation'), source.name),
    test: await encodeRows(preparation, part('test'), source.name),
  };
  const examples = {
    source,
    preparation,
    layout: layoutOf(preparation),
    splits,
    parts,
    digest: digestOf(parts),
    rows,
  };
  for (const line of linesOf(examples)) tell(line);
  if (settings.splitColumn) for (const line of warningsOf(examples)) tell(line);
  return examples;
}

/** New rows for a model: prepared as it was, not divided. */
export async function loadNewRows(
  settings: DataSettings,
  preparation: Preparation,
): Promise<{ source: Source; rows: Batch<Columns>; part: Part }> {
  const known: KnownTable | undefined =
    preparation.table || preparation.kind === 'images' || preparation.kind === 'texts'
      ? { table: preparation.table ?? { rowCount: 0, columns: [] }, answer: preparation.answer }
      : undefined;
  const source = await openSource(settings, known);
  const rows = await collectRows(
    source,
    squareOf(preparation.kind === 'images' ? preparation.size : settings.imageSize),
  );
  checkKind(preparation, source);
  return { source, rows, part: await encodeRows(preparation, rows, source.name) };
}

/** Rows and what they are, images decoded. */
export async function collectRows(
  source: Source,
  images: ImageSize,
): Promise<Batch<Columns> & { schema: Schema<Columns> }> {
  const { dataset, kind } = source;
  if (kind !== 'images' || dataset.schema.image?.dtype !== 'bytes') {
    return { ...(await dataset.collect()), schema: dataset.schema };
  }
  const decoder = await sharpDecoder();
  const decoded = dataset.map(...decodeImages({ decoder, ...images }));
  try {
    return { ...(await decoded.collect()), schema: decoded.schema };
  } catch (error) {
    // which one it was is only looked for when one has failed
    for await (const { columns } of dataset) {
      for (const [row, file] of (columns.image as Uint8Array[]).entries()) {
        await decoder(file).catch((cause: unknown) => {
          throw unreadable(source.name, (columns.path as string[])[row] ?? '', cause);
        });
      }
    }
    throw error;
  }
}

function unreadable(folder: string, path: string, cause: unknown): DataError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(
    /^decodeImages: an image must decode, got /,
    '',
  );
  return new DataError(
    'unreadable-image',
    `${folder}/${path}: the image cannot be read (${reason.replace(/\.$/, '')}). Remove it, or save it again as PNG or JPEG.`,
    `${folder}/${path}`,
    { cause },
  );
}

/** Only what an encoder does not know already: the answer. */
async function fitAnswer(
  source: Source,
  train: Batch<Columns>,
  settings: DataSettings,
): Promise<Preparation> {
  return source.kind === 'texts'
    ? { kind: 'table', columns: [], ...(source.answer ? { answer: source.answer } : {}) }
    : fitPreparation(source, train, settings);
}

/** The encoder's preparation with the new answer. */
function adopt(encoder: Preparation, own: Preparation, source: Source): Preparation {
  checkKind(encoder, source);
  const { answer: _, ...rest } = encoder;
  const { table } = source;
  return {
    ...rest,
    ...(own.answer ? { answer: own.answer } : {}),
    ...(table ? { table } : {}),
  } as Preparation;
}

function checkKind(preparation: Preparation, source: Source): void {
  const features = source.dataset.schema.features?.shape[0] ?? 0;
  const kind = source.kind === 'table' && preparation.kind === 'counts' ? 'counts' : source.kind;
  const columns = preparation.kind === 'table' || preparation.kind === 'counts' ? preparation.columns : [];
  const needed = columns.flatMap((column) => (column.kind === 'category' ? [] : columnPlaces(column).length));
  const wanted =
    preparation.table === undefined &&
    columns.length > 0 &&
    !columns.some((c) => c.kind === 'numbers' && c.places);
  if (kind === preparation.kind && (!wanted || needed[0] === features)) return;
  const what =
    kind === preparation.kind
      ? `${features} columns instead of ${needed[0]}`
      : `${source.kind} instead of ${preparation.kind}`;
  throw new DataError(
    'other-data',
    `${source.name}: the model was made from other data, got ${what}. Give --data rows like those it learned from.`,
    source.name,
  );
}

function columnPlaces(column: NumberColumns | CodedColumns): readonly unknown[] {
  return (column.kind === 'numbers' ? column.places : undefined) ?? column.names;
}

function digestOf(parts: Record<SplitName, Part>): string {
  const hash = createHash('sha256');
  for (const name of splitNames) {
    for (const { buffer, byteOffset, byteLength } of [parts[name].features, parts[name].answers]) {
      hash.update(Buffer.from(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}

function linesOf({ source, splits, preparation, rows: { rowCount } }: Examples): string[] {
  const { train, validation, test } = splits;
  const size = preparation.kind === 'images' ? `, ${preparation.size} × ${preparation.size} pixels` : '';
  const columns = source.table ? columnLines(source.table) : [];
  const shown =
    columns.length > 20 ? [...columns.slice(0, 19), `    and ${columns.length - 19} more columns`] : columns;
  return [
    `${source.name}: ${rowCount} rows of ${kindNames[source.kind]}${source.licence ? ` (${source.origin})` : ''}${size}; ${train.length} to train, ${validation.length} to validate, ${test.length} to test`,
    ...shown,
    ...source.notes.map((note) => `  ${note}`),
    ...(missingNote(source) ? [`  ${missingNote(source)}`] : []),
  ];
}

const kindNames = { table: 'a table', counts: 'counts', images: 'images', texts: 'texts' };

function missingNote({ table, answer }: Source): string | undefined {
  const lacking =
    table?.columns.filter(({ missing, type }) => missing > 0 && type !== 'ignore' && type !== 'text') ?? [];
  if (lacking.length === 0) return undefined;
  const rule =
    'a missing number counts as the mean of the training rows, a missing category as none, and neither is asked for';
  const labels = lacking.some(({ name }) => name === answer?.column)
    ? '; rows without a label only help to pre-train'
    : '';
  return `${rule}${labels}`;
}

/** Only a split that the data brought can have equal rows on both sides. */
function warningsOf({ parts, splits, layout, source }: Examples): string[] {
  const { width } = layout;
  const all = new Float32Array((splits.train.length + splits.validation.length + splits.test.length) * width);
  const places: Splits = { train: [], validation: [], test: [] };
  let row = 0;
  for (const name of splitNames) {
    all.set(parts[name].features, row * width);
    places[name] = splits[name].map(() => row++);
  }
  const { count } = sharedRows(all, width, places);
  if (count === 0) return [];
  return [
    `warning: ${count} validation or test rows of ${source.name} also stand among the training rows, so scores on them are too good. Leave out --split-column to keep equal rows together.`,
  ];
}
