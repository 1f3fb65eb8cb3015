import type { Columns } from '../columns.js';
import { concatBatches } from '../columns.js';
import type { Source } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';
import { RowCursor } from './row-cursor.js';

/** Rows in batches of exactly `size`; the last one may be smaller, or is dropped. */
export function batchRows<C extends Columns>(parent: Source<C>, size: number, dropLast: boolean): Source<C> {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`Dataset.batch: size must be an integer of at least 1, got ${size}.`);
  }
  const whole = parent.rowCount;
  return {
    schema: parent.schema,
    rowCount: whole !== undefined && dropLast ? whole - (whole % size) : whole,
    fingerprint: [parent.fingerprint, ['batch', size, dropLast]],
    open(options) {
      const cursor = new RowCursor(parent, options);
      return {
        async next() {
          const parts = await cursor.takeAll(size);
          const batch = parts.length === 0 ? undefined : concatBatches(parent.schema, parts);
          return batch !== undefined && batch.rowCount < size && dropLast ? undefined : batch;
        },
        state: () => cursor.state(),
        close: () => cursor.close(),
      };
    },
  };
}

/** At most the first `count` rows. */
export function takeRows<C extends Columns>(parent: Source<C>, count: number): Source<C> {
  checkCount('take', count);
  const rowCount = parent.rowCount === undefined ? undefined : Math.min(count, parent.rowCount);
  return {
    schema: parent.schema,
    rowCount,
    fingerprint: [parent.fingerprint, ['take', count]],
    ...(parent.at && rowCount !== undefined ? { at: parent.at.bind(parent) } : {}),
    open(options) {
      const cursor = new RowCursor(parent, options);
      let taken = stateNumber(options.state, 'taken');
      return {
        async next() {
          const part = taken >= count ? undefined : await cursor.take(count - taken);
          taken += part?.rowCount ?? 0;
          return part;
        },
        state: () => ({ ...stateRecord(cursor.state()), taken }),
        close: () => cursor.close(),
      };
    },
  };
}

/** All but the first `count` rows. */
export function skipRows<C extends Columns>(parent: Source<C>, count: number): Source<C> {
  checkCount('skip', count);
  const rowCount = parent.rowCount === undefined ? undefined : Math.max(0, parent.rowCount - count);
  return {
    schema: parent.schema,
    rowCount,
    fingerprint: [parent.fingerprint, ['skip', count]],
    ...(parent.at && rowCount !== undefined
      ? {
          at: (rows: Uint32Array) => (parent.at as NonNullable<typeof parent.at>)(rows.map((r) => r + count)),
        }
      : {}),
    open({ epoch, state }) {
      const cursor = new RowCursor(parent, { epoch, state: state ?? { skip: count } });
      return {
        next: () => cursor.take(Number.POSITIVE_INFINITY),
        state: () => cursor.state(),
        close: () => cursor.close(),
      };
    },
  };
}

function checkCount(operation: string, count: number): void {
  if (Number.isInteger(count) && count >= 0) return;
  throw new RangeError(`Dataset.${operation}: count must be an integer of at least 0, got ${count}.`);
}
