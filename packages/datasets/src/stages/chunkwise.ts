import type { Batch, Columns, Schema } from '../columns.js';
import type { Source, State } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';

/** Where a chunk lies in the pass. */
interface ChunkPlace {
  /** Rows of the parent before this chunk. */
  readonly firstRow: number;
  readonly epoch: number;
}

/** What happens to one chunk; undefined keeps nothing of it. */
type ApplyToChunk<C extends Columns, D extends Columns> = (
  chunk: Batch<C>,
  place: ChunkPlace,
) => Batch<D> | undefined;

/** A source that changes or thins out each chunk of another by itself. */
export function chunkwise<C extends Columns, D extends Columns>(
  parent: Source<C>,
  options: {
    readonly schema: Schema<D>;
    readonly rowCount: number | undefined;
    readonly operation: State;
    readonly apply: ApplyToChunk<C, D>;
  },
): Source<D> {
  return {
    schema: options.schema,
    rowCount: options.rowCount,
    fingerprint: [parent.fingerprint, options.operation],
    open({ epoch, state }) {
      const reader = parent.open({ epoch, state: stateRecord(state).at });
      let firstRow = stateNumber(state, 'row');
      return {
        async next() {
          for (;;) {
            const chunk = await reader.next();
            if (chunk === undefined) return undefined;
            const result = options.apply(chunk, { firstRow, epoch });
            firstRow += chunk.rowCount;
            if (result !== undefined && result.rowCount > 0) return result;
          }
        },
        state: () => ({ at: reader.state(), row: firstRow }),
        close: () => reader.close(),
      };
    },
  };
}
