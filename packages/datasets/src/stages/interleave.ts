import type { Columns, Schema } from '../columns.js';
import type { Source } from '../source.js';
import { stateNumber, stateRecord } from '../source.js';
import { RowCursor } from './row-cursor.js';

/** Rows of several sources in turn, `block` at a time; one that ends is passed over from then on. */
export function interleaveSources<C extends Columns>(
  parents: readonly Source<C>[],
  block: number,
): Source<C> {
  const schema = commonSchema(parents);
  if (!Number.isInteger(block) || block < 1) {
    throw new RangeError(`interleave: block must be an integer of at least 1 row, got ${block}.`);
  }
  const counts = parents.map((parent) => parent.rowCount);
  return {
    schema,
    rowCount: counts.every((count) => count !== undefined)
      ? counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
      : undefined,
    fingerprint: ['interleave', block, ...parents.map((parent) => parent.fingerprint)],
    open({ epoch, state }) {
      const saved = stateRecord(state);
      const states = Array.isArray(saved.parents) ? saved.parents : [];
      const cursors = parents.map((parent, i) => new RowCursor(parent, { epoch, state: states[i] }));
      const ended = parents.map((_, i) => Array.isArray(saved.ended) && saved.ended[i] === true);
      let turn = stateNumber(state, 'turn');
      let taken = stateNumber(state, 'taken');
      const passOn = () => {
        turn = (turn + 1) % cursors.length;
        taken = 0;
      };
      return {
        async next() {
          while (ended.includes(false)) {
            const part =
              ended[turn] === true ? undefined : await (cursors[turn] as RowCursor<C>).take(block - taken);
            if (part === undefined) {
              ended[turn] = true;
              passOn();
              continue;
            }
            taken += part.rowCount;
            if (taken === block) passOn();
            return part;
          }
          return undefined;
        },
        state: () => ({ parents: cursors.map((cursor) => cursor.state()), ended: [...ended], turn, taken }),
        async close() {
          for (const cursor of cursors) await cursor.close();
        },
      };
    },
  };
}

function commonSchema<C extends Columns>(parents: readonly Source<C>[]): Schema<C> {
  const [first] = parents;
  if (first === undefined) throw new RangeError('interleave: at least one data set is needed, got none.');
  const schema = JSON.stringify(first.schema);
  if (parents.some((parent) => JSON.stringify(parent.schema) !== schema)) {
    throw new RangeError(
      'interleave: all data sets must have the same columns. Map them to one schema first.',
    );
  }
  return first.schema;
}
