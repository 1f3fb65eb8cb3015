import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import {
  type Columns,
  card,
  type Dataset,
  DatasetError,
  type DatasetName,
  datasetNames,
  fromImageFolder,
  fromTextFolder,
  isDatasetName,
  load,
  type OwnFiles,
  type Schema,
} from '@warmstart/datasets';
import { folder } from '@warmstart/datasets/node';
import type { DataSettings } from '../settings/project.js';
import { closest } from '../terminal/closest.js';
import { DataError } from './data-error.js';
import { openCounts } from './open-counts.js';
import { type KnownTable, openTable, type TableFormat } from './open-table.js';
import type { Answer, DataKind, Source } from './source.js';

type Format = Exclude<DataSettings['format'], 'auto'>;

/**
 * Opens what `--data` names: a data set that ships with the packages, or a file or folder of one's own.
 *
 * @param known - of the model that new rows are for: columns and classes are read as it had them
 * @throws DataError if there is nothing of that name, or nothing in it
 */
export async function openSource(settings: DataSettings, known?: KnownTable): Promise<Source> {
  const { data } = settings;
  if (!existsSync(data)) {
    if (isDatasetName(data)) return openByName(data);
    const guess = closest(data, datasetNames());
    throw new DataError(
      'no-data',
      `${data}: there is no such file or folder, and no data set of that name.${guess ? ` Did you mean ${guess}?` : ''} ` +
        'Check the path; warmstart data list shows the names.',
      data,
    );
  }
  const format = settings.format === 'auto' ? formatOf(data) : settings.format;
  if (format === 'images') return openFolder(data, 'images', fromImageFolder, known);
  if (format === 'texts') return openFolder(data, 'texts', fromTextFolder, known);
  if (format === 'counts' && isMatrix(data)) return openCounts(data, settings, known);
  return withKind(await openTable(data, format as TableFormat, settings, known)); // the others were answered above
}

/** A table with a single column of text is a set of texts. */
function withKind(source: Source): Source {
  const { schema } = source.dataset;
  const features = Object.entries(schema).filter(([name]) => name !== 'label' && name !== 'target');
  const [only] = features;
  if (features.length !== 1 || only?.[1].dtype !== 'string') return source;
  const [name] = only;
  if (name === 'text') return { ...source, kind: 'texts' };
  const dataset = source.dataset.map<Columns>(
    ({ columns: { [name]: text = [], ...rest } }) => ({ ...rest, text }),
    {
      schema: ({ [name]: text, ...rest }) => ({ ...rest, ...(text ? { text } : {}) }) as Schema<Columns>,
    },
  );
  return { ...source, kind: 'texts', dataset };
}

async function openByName(name: DatasetName): Promise<Source> {
  // every set has `features`, `text` or `image` among its columns, and `label` where it has classes
  const dataset = (await load(name)) as unknown as Dataset<Columns>;
  const { label, features, text, image } = dataset.schema;
  const kind: DataKind | undefined = image ? 'images' : text ? 'texts' : features ? 'table' : undefined;
  if (!kind) {
    throw new DataError(
      'no-data',
      `${name}: its rows hold neither numbers, images nor texts. Choose another set.`,
      name,
    );
  }
  const classNames = label?.classNames;
  return {
    name,
    kind: name === 'tissue-gene-expression' ? 'table' : kind,
    origin: dataset.origin,
    licence: card(name).licence,
    dataset,
    ...(classNames ? { answer: { kind: 'classes', column: 'label', classNames } as Answer } : {}),
    notes: [],
  };
}

async function openFolder(
  path: string,
  kind: 'images' | 'texts',
  open: (files: OwnFiles, options: { classNames?: readonly string[] }) => Promise<unknown>,
  known: KnownTable | undefined,
): Promise<Source> {
  const learned =
    known?.answer !== 'new' && known?.answer?.kind === 'classes' ? known.answer.classNames : undefined;
  const opened = (await open(folder(path), {}).catch((cause: unknown) => {
    throw isMissing(cause) ? nothingIn(path, kind, cause) : cause;
  })) as Dataset<Columns>;
  const found = opened.schema.label?.classNames ?? [];
  // new rows may lie in no folder, or in one that is no class; those that do are scored
  const fits = learned === undefined || found.every((name) => learned.includes(name));
  const dataset =
    learned && fits ? ((await open(folder(path), { classNames: learned })) as Dataset<Columns>) : opened;
  const classNames = dataset.schema.label?.classNames ?? [];
  if (!learned && classNames.length === 1) {
    throw new DataError(
      'one-class',
      `${path}: there must be a folder for each of at least 2 classes, got only ${classNames[0]}. Name the folder above.`,
      path,
    );
  }
  const answered = found.length > 0 && fits;
  return {
    name: path,
    kind,
    origin: dataset.origin,
    dataset,
    ...(answered ? { answer: { kind: 'classes', column: 'the folder', classNames } as Answer } : {}),
    notes: learned
      ? []
      : [
          classNames.length > 1
            ? `classes by folder: ${classNames.join(', ')}`
            : 'no folders: rows without a label',
        ],
  };
}

function formatOf(path: string): Format {
  if (statSync(path).isDirectory()) return formatOfFolder(path);
  const ending = extname(path.replace(/\.gz$/, '')).toLowerCase();
  const byEnding: Record<string, Format> = {
    '.csv': 'csv',
    '.data': 'csv',
    '.tsv': 'tsv',
    '.tab': 'tsv',
    '.txt': 'tsv',
    '.json': 'jsonl',
    '.jsonl': 'jsonl',
    '.ndjson': 'jsonl',
    '.parquet': 'parquet',
    '.mtx': 'counts',
  };
  const format = byEnding[ending];
  if (format) return format;
  throw new DataError(
    'no-data',
    `${path}: what is in it cannot be told from its ending${ending ? ` "${ending}"` : ''}. Say it with --format csv, tsv, jsonl, parquet, images, texts or counts.`,
    path,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof DatasetError && error.code === 'missing';
}

function nothingIn(path: string, kind: 'images' | 'texts', cause: unknown): DataError {
  const [endings, usual] = kind === 'images' ? ['.png, .jpg, .webp or the like', 'image'] : ['.txt', 'text'];
  const message = `${path}: the folder must hold ${kind} (files that end in ${endings}), one folder for each class, got no ${usual}.`;
  return new DataError('no-data', message, path, { cause });
}

function formatOfFolder(path: string): Format {
  const names = namesIn(path, 3);
  const count = (ends: RegExp) => names.filter((name) => ends.test(name)).length;
  if (count(/\.mtx(\.gz)?$/i) > 0) return 'counts';
  const found: [Format, number][] = [
    ['images', count(/\.(jpe?g|png|webp|gif|bmp|tiff?)$/i)],
    ['texts', count(/\.txt$/i)],
    ['csv', count(/\.csv(\.gz)?$/i)],
    ['tsv', count(/\.tsv(\.gz)?$/i)],
    ['jsonl', count(/\.(jsonl|ndjson)(\.gz)?$/i)],
    ['parquet', count(/\.parquet$/i)],
  ];
  const [best] = found.sort(([, a], [, b]) => b - a);
  if (best && best[1] > 0) return best[0];
  throw new DataError(
    'no-data',
    `${path}: the folder must hold images, texts, tables or a count matrix, got ${names.length === 0 ? 'nothing: it is empty' : `${names.length} other files, e.g. ${names[0]}`}.`,
    path,
  );
}

function isMatrix(path: string): boolean {
  return statSync(path).isDirectory() || /\.mtx(\.gz)?$/i.test(path);
}

/** Names of files, a few folders deep; enough of them to tell what a folder holds. */
function namesIn(path: string, depth: number): string[] {
  return readdirSync(path, { withFileTypes: true })
    .slice(0, 200)
    .flatMap((entry) => {
      if (entry.name.startsWith('.')) return [];
      if (entry.isDirectory()) return depth > 0 ? namesIn(join(path, entry.name), depth - 1) : [];
      return [entry.name];
    });
}
