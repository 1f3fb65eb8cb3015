import type { Batch, Columns } from '../columns.js';
import { gatherRows } from '../columns.js';
import type { Source, State } from '../source.js';
import { chunkwise } from './chunkwise.js';
import { orderedReader } from './ordered.js';

/** Keeps the rows for which `keep` holds; `position` counts the parent's rows from 0. */
export function filterRows<C extends Columns>(
  parent: Source<C>,
  operation: State,
  keep: (batch: Batch<C>, row: number, position: number) => boolean,
  rowCount?: number,
): Source<C> {
  const { schema } = parent;
  return chunkwise(parent, {
    schema,
    rowCount,
    operation,
    apply(chunk, { firstRow }) {
      const kept: number[] = [];
      for (let row = 0; row < chunk.rowCount; row++) {
        if (keep(chunk, row, firstRow + row)) kept.push(row);
      }
      return kept.length === chunk.rowCount ? chunk : gatherRows(schema, chunk, kept);
    },
  });
}

/** Every `count`th row, beginning with row `index`. */
export function shardRows<C extends Columns>(parent: Source<C>, index: number, count: number): Source<C> {
  if (!Number.isInteger(count) || count < 1 || !Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(
      `Dataset.shard: index must be an integer in 0 … count − 1, got index ${index} of ${count}.`,
    );
  }
  const rowCount = parent.rowCount === undefined ? undefined : Math.ceil((parent.rowCount - index) / count);
  if (parent.at !== undefined && rowCount !== undefined) {
    return selectRows(
      parent,
      Uint32Array.from({ length: rowCount }, (_, i) => index + i * count),
    );
  }
  const operation = ['shard', index, count];
  return filterRows(parent, operation, (_batch, _row, position) => position % count === index, rowCount);
}

/**
 * The given rows. Where access is random, in the given order; on a stream `rows` must ascend,
 * and the stream is read once through.
 */
export function selectRows<C extends Columns>(parent: Source<C>, rows: Uint32Array): Source<C> {
  const operation: State = ['select', rows.length, digestOf(rows)];
  if (parent.at !== undefined) return selectAt(parent, rows, operation);
  for (let i = 1; i < rows.length; i++) {
    if ((rows[i] as number) <= (rows[i - 1] as number)) {
      throw new RangeError(
        `Dataset.select: rows of a stream must ascend, got ${rows[i - 1]} before ${rows[i]}. Sort them, or load with stream: false.`,
      );
    }
  }
  const last = rows.length === 0 ? 0 : (rows[rows.length - 1] as number);
  const wanted = new Uint8Array((last >> 3) + 1);
  for (const row of rows) wanted[row >> 3] = (wanted[row >> 3] as number) | (1 << (row & 7));
  const keep = (_batch: Batch<C>, _row: number, position: number) =>
    ((wanted[position >> 3] ?? 0) & (1 << (position & 7))) !== 0;
  return filterRows(parent, operation, keep, rows.length);
}

function selectAt<C extends Columns>(parent: Source<C>, rows: Uint32Array, operation: State): Source<C> {
  const at = (positions: Uint32Array) =>
    // selectRows checked that the parent has `at`
    (parent.at as NonNullable<typeof parent.at>)(positions.map((position) => rows[position] as number));
  return {
    schema: parent.schema,
    rowCount: rows.length,
    fingerprint: [parent.fingerprint, operation],
    at,
    open: (options) => orderedReader(at, rows.length, (position) => position, options.state),
  };
}

function digestOf(rows: Uint32Array): number {
  let digest = 0x811c9dc5;
  for (const row of rows) digest = Math.imul(digest ^ row, 0x01000193);
  return digest >>> 0;
}
