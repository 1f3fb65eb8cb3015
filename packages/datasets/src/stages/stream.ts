import type { Batch, Columns, Schema } from '../columns.js';
import { sliceBatch } from '../columns.js';
import type { Source, State } from '../source.js';
import { stateNumber } from '../source.js';

/** Rows that are read from a stream each time; resuming reads again and passes over the rows already had. */
export function streamSource<C extends Columns>(options: {
  readonly schema: Schema<C>;
  readonly rowCount: number | undefined;
  readonly fingerprint: State;
  readonly read: () => AsyncIterable<Batch<C>>;
}): Source<C> {
  return {
    schema: options.schema,
    rowCount: options.rowCount,
    fingerprint: options.fingerprint,
    open({ state }) {
      const chunks = options.read()[Symbol.asyncIterator]();
      let row = stateNumber(state, 'row');
      let toSkip = row;
      return {
        async next() {
          for (;;) {
            const { done, value } = await chunks.next();
            if (done === true) return undefined;
            const skipped = Math.min(toSkip, value.rowCount);
            toSkip -= skipped;
            if (skipped === value.rowCount) continue;
            row += value.rowCount - skipped;
            return sliceBatch(options.schema, value, skipped, value.rowCount);
          }
        },
        state: () => ({ row }),
        async close() {
          await chunks.return?.();
        },
      };
    },
  };
}
