import { seededRandom } from '@warmstart/datasets';
import { gather, type Rows, type Table } from './table.js';

/** 0 … count − 1 in random order (Fisher and Yates). */
export function shuffled(count: number, random: () => number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor(random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen] as number, order[last] as number];
  }
  return order;
}

/**
 * The labelled rows of one draw, the same for every arm: as many of each class as the count allows, the rest at random.
 *
 * @throws RangeError for fewer labels than classes
 */
export function labelledRows(
  table: Table,
  { labels, seed, draw }: { labels: number; seed: number; draw: number },
): Rows {
  const classCount = table.classNames.length;
  if (labels < classCount) {
    throw new RangeError(
      `There are ${classCount} classes, so at least ${classCount} labels are needed, got ${labels}.`,
    );
  }
  const order = shuffled(table.train.rowCount, seededRandom(seed, 'labels', draw));
  const perClass = Math.floor(labels / classCount);
  const taken = new Array<number>(classCount).fill(0);
  const chosen: number[] = [];
  const rest: number[] = [];
  for (const row of order) {
    const label = table.train.labels[row] as number;
    const count = taken[label] as number;
    if (count < perClass) {
      chosen.push(row);
      taken[label] = count + 1;
    } else rest.push(row);
  }
  return gather(table.train, table.width, [...chosen, ...rest.slice(0, labels - chosen.length)]);
}
