import type { Columns } from '../columns.js';
import type { Reader, Source } from '../source.js';
import { stateRecord } from '../source.js';

/** The rows again and again, each time as the next epoch. */
export function repeatRows<C extends Columns>(parent: Source<C>, times: number): Source<C> {
  if (!(times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times >= 0))) {
    throw new RangeError(
      `Dataset.repeat: times must be an integer of at least 0, or Infinity, got ${times}.`,
    );
  }
  const total = parent.rowCount === undefined ? undefined : parent.rowCount * times;
  return {
    schema: parent.schema,
    rowCount: Number.isSafeInteger(total) ? total : undefined,
    fingerprint: [parent.fingerprint, ['repeat', Number.isFinite(times) ? times : null]],
    open({ epoch: firstEpoch, state }) {
      const { epoch: savedEpoch, at, anyRows: savedAnyRows } = stateRecord(state);
      let turn = typeof savedEpoch === 'number' ? savedEpoch : 0;
      let anyRows = savedAnyRows === true;
      let reader: Reader<C> = parent.open({ epoch: firstEpoch + turn, state: at });
      return {
        async next() {
          while (turn < times) {
            const chunk = await reader.next();
            if (chunk !== undefined) {
              anyRows = true;
              return chunk;
            }
            await reader.close();
            if (!anyRows) return undefined; // nothing, repeated for ever, would never end
            turn++;
            reader = parent.open({ epoch: firstEpoch + turn });
          }
          return undefined;
        },
        state: () => ({ epoch: turn, anyRows, at: reader.state() }),
        close: () => reader.close(),
      };
    },
  };
}
