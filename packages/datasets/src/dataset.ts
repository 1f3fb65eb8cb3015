import type { Card, Origin } from './card.js';
import type { Batch, Columns, Schema } from './columns.js';
import { concatBatches, countRows, makeBatch } from './columns.js';
import type { CountsInfo } from './counts/counts-info.js';
import type { DataWarning } from './events.js';
import type { DataNote } from './notes.js';
import type { PassOptions } from './pass.js';
import { Pass } from './pass.js';
import type { Source, State } from './source.js';
import { batchRows, skipRows, takeRows } from './stages/batch.js';
import { filterRows, selectRows, shardRows } from './stages/filter.js';
import { interleaveSources } from './stages/interleave.js';
import type { MapBatch, MapOptions } from './stages/map.js';
import { checkChange, mapBatches, prefetchBatches } from './stages/map.js';
import { memorySource, permuteRows } from './stages/ordered.js';
import { repeatRows } from './stages/repeat.js';
import { shuffleBlocks } from './stages/shuffle.js';
import type { Table } from './tables/table.js';

export interface ShuffleOptions {
  readonly seed: number;
  /** Rows shuffled together where access is not random. Default 16,384. */
  readonly buffer?: number;
  readonly onWarning?: (warning: DataWarning) => void;
}

/**
 * Rows, read when asked for, as batches of columns in typed arrays.
 *
 * Every operation gives a new data set and leaves this one as it is. Iterating reads the rows from
 * the start; each batch lies in memory of its own or is a view that nothing will write to.
 */
export class Dataset<C extends Columns = Columns> implements AsyncIterable<Batch<C>> {
  readonly #source: Source<C>;
  /** What the rows are: `official` files, an `excerpt` of them, or `synthetic`, made up in their format. */
  readonly origin: Origin;
  /** About the set the rows come from; undefined for files of one's own. */
  readonly card: Card | undefined;
  /** How a table file's columns were read, and what they lack; undefined for other rows. */
  readonly table: Table | undefined;
  /** How counts were read; undefined for other rows. */
  readonly counts: CountsInfo | undefined;
  /** What was found, guessed and left out while files of one's own were opened. */
  readonly notes: readonly DataNote[];

  /** @internal Use `load`, `fromColumns`, `fromCsv` or a sister of it. */
  constructor(
    source: Source<C>,
    about: {
      readonly origin: Origin;
      readonly card?: Card | undefined;
      readonly table?: Table | undefined;
      readonly counts?: CountsInfo | undefined;
      readonly notes?: readonly DataNote[] | undefined;
    },
  ) {
    this.#source = source;
    this.origin = about.origin;
    this.card = about.card;
    this.table = about.table;
    this.counts = about.counts;
    this.notes = about.notes ?? [];
  }

  /** The columns: dtype and shape of one row, class and feature names. */
  get schema(): Schema<C> {
    return this.#source.schema;
  }

  /** Rows in one pass; undefined where only reading them tells. */
  get rowCount(): number | undefined {
    return this.#source.rowCount;
  }

  /** Whether rows can be reached in any order without reading the others. */
  get randomAccess(): boolean {
    return this.#source.at !== undefined;
  }

  /** @internal */
  get source(): Source<C> {
    return this.#source;
  }

  #then<D extends Columns>(source: Source<D>): Dataset<D> {
    return new Dataset(source, this);
  }

  /**
   * The rows changed by a function from a batch's columns to new columns.
   *
   * @param change - gets the batches as they are at this point: of any size before `batch()`
   * @param options.schema - of the new columns, where names, dtypes or shapes change
   */
  map<D extends Columns = C>(change: MapBatch<C, D>, options: MapOptions<C, D> = {}): Dataset<D> {
    checkChange(change);
    const { schema = this.schema as unknown, concurrency = 1, seed = 0, rows = 'same' } = options;
    // without a schema the function promises to keep the old one, and every batch is checked against it
    const next = (typeof schema === 'function' ? schema(this.schema) : schema) as Schema<D>;
    return this.#then(mapBatches(this.#source, change, { schema: next, concurrency, seed, rows }));
  }

  /** The rows for which `keep(batch, row)` holds. */
  filter(keep: (batch: Batch<C>, row: number) => boolean): Dataset<C> {
    return this.#then(filterRows(this.#source, 'filter', keep));
  }

  /**
   * The rows in an order fixed by seed and epoch. Where access is random, any order of all rows, without
   * memory; on a stream, block by block of `buffer` rows.
   */
  shuffle(options: ShuffleOptions): Dataset<C> {
    const { seed, buffer = 16_384, onWarning } = options ?? {};
    if (!Number.isFinite(seed)) {
      throw new TypeError(`Dataset.shuffle: seed must be a number, got ${seed}. Write shuffle({ seed: 7 }).`);
    }
    const { at, rowCount } = this.#source;
    if (at !== undefined && rowCount !== undefined) {
      return this.#then(permuteRows({ ...this.#source, at: at.bind(this.#source), rowCount }, seed));
    }
    return this.#then(shuffleBlocks(this.#source, { seed, buffer, onWarning }));
  }

  /** The rows in batches of `size`; the last may be smaller unless `dropLast`. */
  batch(size: number, { dropLast = false }: { readonly dropLast?: boolean } = {}): Dataset<C> {
    return this.#then(batchRows(this.#source, size, dropLast));
  }

  /** The same batches, up to `count` of them made before they are asked for. */
  prefetch(count: number): Dataset<C> {
    return this.#then(prefetchBatches(this.#source, count));
  }

  /** At most the first `count` rows. */
  take(count: number): Dataset<C> {
    return this.#then(takeRows(this.#source, count));
  }

  /** All but the first `count` rows. */
  skip(count: number): Dataset<C> {
    return this.#then(skipRows(this.#source, count));
  }

  /** Rows `index`, `index + count`, `index + 2 count` … : this worker's share. */
  shard(index: number, count: number): Dataset<C> {
    return this.#then(shardRows(this.#source, index, count));
  }

  /** The rows at these positions; on a stream they must ascend. */
  select(rows: Uint32Array): Dataset<C> {
    return this.#then(selectRows(this.#source, rows));
  }

  /** The rows `times` times over, each time shuffled anew where `shuffle` comes before. */
  repeat(times: number = Number.POSITIVE_INFINITY): Dataset<C> {
    return this.#then(repeatRows(this.#source, times));
  }

  /** All rows in memory, as one batch. */
  async collect(options: PassOptions = {}): Promise<Batch<C>> {
    const batches: Batch<C>[] = [];
    for await (const batch of this.iterate(options)) batches.push(batch);
    return concatBatches(this.schema, batches);
  }

  /** The same rows, held in memory from now on, so that access is random. */
  async cache(options: PassOptions = {}): Promise<Dataset<C>> {
    const rows = await this.collect(options);
    return this.#then(memorySource(this.schema, rows, [this.#source.fingerprint, 'cache']));
  }

  /** One pass over the rows whose `state()` can be kept and given to `resume`. */
  iterate(options: PassOptions = {}): Pass<C> {
    return new Pass(this.#source, options);
  }

  /**
   * Goes on where an earlier pass over the same pipeline stood: the rows that it had not given out, exactly.
   *
   * @param state - what `Pass.state()` gave; it survives `JSON.stringify`
   * @throws DatasetError `state` if it belongs to other data or other operations
   */
  resume(state: State, options: PassOptions = {}): Pass<C> {
    return new Pass(this.#source, options, state);
  }

  [Symbol.asyncIterator](): Pass<C> {
    return this.iterate();
  }
}

/**
 * A data set from columns in memory.
 *
 * @param columns - typed arrays of `rowCount` × the row's shape, row by row; not copied
 * @param options.origin - default `official`: they are what they are
 * @throws RangeError if columns and schema do not fit
 */
export function fromColumns<C extends Columns>(
  columns: C,
  options: { readonly schema: Schema<C>; readonly origin?: Origin; readonly card?: Card },
): Dataset<C> {
  const rowCount = countRows(columns, options.schema);
  const rows = makeBatch(options.schema, columns, rowCount);
  const fingerprint = ['columns', rowCount, JSON.stringify(options.schema)];
  return new Dataset(memorySource(options.schema, rows, fingerprint), {
    origin: options.origin ?? 'official',
    card: options.card,
  });
}

/**
 * Rows of several data sets in turn, `block` rows at a time (default 1).
 * The result's origin is the least official of theirs.
 */
export function interleave<C extends Columns>(
  datasets: readonly Dataset<C>[],
  { block = 1 }: { readonly block?: number } = {},
): Dataset<C> {
  const source = interleaveSources(
    datasets.map((dataset) => dataset.source),
    block,
  );
  const origins = datasets.map((dataset) => dataset.origin);
  const least = (['synthetic', 'excerpt'] as const).find((origin) => origins.includes(origin));
  return new Dataset(source, { origin: least ?? 'official' });
}
