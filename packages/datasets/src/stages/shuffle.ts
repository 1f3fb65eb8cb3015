import { seededRandom, shuffle } from '@warmstart/random';
import type { Batch, ColumnInfo, Columns } from '../columns.js';
import { concatBatches, gatherRows } from '../columns.js';
import type { DataWarning } from '../events.js';
import type { OpenOptions, Reader, Source, State } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';
import { RowCursor } from './row-cursor.js';

export interface BlockShuffle {
  readonly seed: number;
  /** Rows in a block. */
  readonly buffer: number;
  readonly onWarning?: ((warning: DataWarning) => void) | undefined;
}

/**
 * Shuffles a stream block by block. The first block of an epoch has a random length, so blocks
 * fall elsewhere in every epoch; the state is a block's start and a position in it, hence exact.
 */
export function shuffleBlocks<C extends Columns>(parent: Source<C>, options: BlockShuffle): Source<C> {
  if (!Number.isInteger(options.buffer) || options.buffer < 1) {
    throw new RangeError(
      `Dataset.shuffle: buffer must be an integer of at least 1 row, got ${options.buffer}.`,
    );
  }
  return {
    schema: parent.schema,
    rowCount: parent.rowCount,
    fingerprint: [parent.fingerprint, ['shuffle', options.seed, options.buffer]],
    open: (opening) => new BlockReader(parent, options, opening),
  };
}

class BlockReader<C extends Columns> implements Reader<C> {
  readonly #parent: Source<C>;
  readonly #options: BlockShuffle;
  readonly #epoch: number;
  readonly #cursor: RowCursor<C>;
  #block: number;
  #warned = false;

  constructor(parent: Source<C>, options: BlockShuffle, { epoch, state }: OpenOptions) {
    this.#parent = parent;
    this.#options = options;
    this.#epoch = epoch;
    this.#cursor = new RowCursor(parent, { epoch, state: stateRecord(state).at });
    this.#block = stateNumber(state, 'block');
  }

  async next(): Promise<Batch<C> | undefined> {
    const parts = await this.#cursor.takeAll(this.#blockRows());
    if (parts.length === 0) return undefined;
    const rows = concatBatches(this.#parent.schema, parts);
    this.#warnOfOneClass(rows);
    const order = Uint32Array.from({ length: rows.rowCount }, (_, i) => i);
    shuffle(order, seededRandom(this.#options.seed, 'shuffle', this.#epoch, this.#block));
    this.#block++;
    return gatherRows(this.#parent.schema, rows, order);
  }

  #blockRows(): number {
    const { seed, buffer } = this.#options;
    const known = this.#parent.rowCount;
    if (this.#block > 0 || (known !== undefined && known <= buffer)) return buffer;
    return 1 + Math.floor(seededRandom(seed, 'first block', this.#epoch)() * buffer);
  }

  #warnOfOneClass(rows: Batch<C>): void {
    if (this.#warned || rows.rowCount < 16) return;
    for (const [name, info] of Object.entries<ColumnInfo>(this.#parent.schema)) {
      const labels = rows.columns[name];
      if (info.classNames === undefined || !(labels instanceof Int32Array)) continue;
      if (labels.some((label) => label !== labels[0])) continue;
      this.#warned = true;
      this.#options.onWarning?.({
        type: 'warning',
        code: 'one-class-buffer',
        message: `Dataset.shuffle: all ${rows.rowCount} buffered rows have ${name} ${labels[0]}: the rows are sorted by class. Raise buffer above the largest class, or load with stream: false.`,
      });
    }
  }

  // a block is handed out whole: the state is always the start of the next one
  state(): State {
    return { at: this.#cursor.state(), block: this.#block };
  }

  close(): Promise<void> {
    return this.#cursor.close();
  }
}
