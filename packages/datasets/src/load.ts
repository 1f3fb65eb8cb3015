import { Dataset } from './dataset.js';
import type { DatasetDefinition } from './definition.js';
import type { DataEvent } from './events.js';
import type { DataFiles } from './files.js';
import { memoryFiles } from './files.js';
import type { Limits } from './limits.js';
import { originMarker, originOf } from './origin-marker.js';
import type { OwnFiles } from './own-files.js';
import { asFiles } from './own-files.js';
import type { DatasetColumns, DatasetName } from './sets/definitions.js';
import { definitionOf } from './sets/definitions.js';
import { streamSource } from './stages/stream.js';

export interface LoadOptions {
  /** Default: the set's training rows. */
  readonly split?: string;
  /** The official files; without them, what the card's `offline` says: the set, an excerpt, or a synthetic stand-in. */
  readonly source?: OwnFiles;
  /** Of a synthetic stand-in. Default 0. */
  readonly seed?: number;
  /** Rows per split of a synthetic stand-in. */
  readonly rows?: number;
  /** True reads rows when asked for; false holds them in memory, for access in any order. Default: by size. */
  readonly stream?: boolean;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: (event: DataEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * A data set by name.
 *
 * Nothing is fetched: `source` gives the official files (a folder, chosen files, a verified download);
 * without it the rows come with this package, and `origin` says what they are.
 *
 * @throws RangeError for an unknown name or split; DatasetError for files that are not what they should be
 */
export async function load<N extends DatasetName>(
  name: N,
  options: LoadOptions = {},
): Promise<Dataset<DatasetColumns[N]>> {
  const definition: DatasetDefinition<DatasetColumns[N]> = definitionOf(name);
  const split = options.split ?? definition.defaultSplit;
  if (!Object.hasOwn(definition.card.splits, split)) {
    const known = Object.keys(definition.card.splits).join(', ');
    throw new RangeError(`load: ${name} has the splits ${known}, got "${split}".`);
  }
  const { seed = 0, rows, limits = {}, onEvent = () => {}, signal } = options;
  const files =
    options.source === undefined
      ? await definition.offline({ seed, rows })
      : asFiles(options.source, 'load', 'source');
  const origin = options.source === undefined ? definition.card.offline : await originOf(files);
  const opened = await definition.open(files, { split, limits, onEvent, signal });
  const official = origin === 'official' ? (definition.card.splits[split] ?? undefined) : undefined;
  const source = {
    ...streamSource({
      schema: opened.schema,
      rowCount: opened.rowCount ?? (options.source === undefined ? official : undefined),
      fingerprint: ['load', name, split, origin, seed, rows ?? null],
      read: () => opened.read(),
    }),
    ...(opened.at === undefined ? {} : { at: opened.at }),
  };
  const dataset = new Dataset(source, { origin, card: definition.card });
  return (options.stream ?? !definition.small) ? dataset : dataset.cache(signal ? { signal } : {});
}

/**
 * The files `load` reads without a source: the set itself, an excerpt, or synthetic files in the exact
 * official format. Synthetic ones come with a `SYNTHETIC.txt`, excerpts with an `EXCERPT.txt`, by which `load`
 * knows them again.
 *
 * @param options.seed - of synthetic files; default 0
 * @param options.rows - per split of synthetic files; each set has its own default
 */
export async function offlineFiles(
  name: DatasetName,
  { seed = 0, rows }: { readonly seed?: number; readonly rows?: number } = {},
): Promise<DataFiles> {
  const definition = definitionOf(name);
  const files = await definition.offline({ seed, rows });
  const note = memoryFiles(
    originMarker(
      definition.card.offline,
      definition.card.offline === 'synthetic'
        ? `Made up by @warmstart/datasets in the format of ${name}, seed ${seed}. Not data.\n`
        : `A part of ${name}, chosen by @warmstart/datasets. ${definition.card.licence}\n`,
    ),
  );
  return {
    async *list() {
      yield* note.list();
      yield* files.list();
    },
  };
}
