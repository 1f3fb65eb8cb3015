import { keyedPermutation } from '@warmstart/random';
import type { Batch, Columns, Schema } from '../columns.js';
import { gatherRows, sliceBatch } from '../columns.js';
import type { Reader, Source, State } from '../source.js';
import { stateNumber } from '../source.js';

const CHUNK_ROWS = 1024;

/** Reads a random-access source in any order; its state is one position. */
export function orderedReader<C extends Columns>(
  at: (rows: Uint32Array) => Promise<Batch<C>>,
  rowCount: number,
  order: (position: number) => number,
  state: State | undefined,
  chunkRows = CHUNK_ROWS,
): Reader<C> {
  let position = stateNumber(state, 'row');
  return {
    async next() {
      const count = Math.min(chunkRows, rowCount - position);
      if (count <= 0) return undefined;
      const first = position;
      position += count;
      return at(Uint32Array.from({ length: count }, (_, i) => order(first + i)));
    },
    state: () => ({ row: position }),
    close: async () => {},
  };
}

/** All rows of a random-access source in an order fixed by seed and epoch, using no memory. */
export function permuteRows<C extends Columns>(
  parent: Source<C> & { at: NonNullable<Source<C>['at']>; rowCount: number },
  seed: number,
): Source<C> {
  return {
    schema: parent.schema,
    rowCount: parent.rowCount,
    fingerprint: [parent.fingerprint, ['permute', seed]],
    open: ({ epoch, state }) =>
      orderedReader(
        (rows) => parent.at(rows),
        parent.rowCount,
        keyedPermutation(parent.rowCount, seed, epoch),
        state,
        256,
      ),
  };
}

/** Rows that lie in memory. */
export function memorySource<C extends Columns>(
  schema: Schema<C>,
  rows: Batch<C>,
  fingerprint: State,
): Source<C> {
  return {
    schema,
    rowCount: rows.rowCount,
    fingerprint,
    at: async (wanted) => gatherRows(schema, rows, wanted),
    open({ state }) {
      let position = stateNumber(state, 'row');
      return {
        async next() {
          if (position >= rows.rowCount) return undefined;
          const start = position;
          position = Math.min(rows.rowCount, start + CHUNK_ROWS);
          return sliceBatch(schema, rows, start, position);
        },
        state: () => ({ row: position }),
        close: async () => {},
      };
    },
  };
}
