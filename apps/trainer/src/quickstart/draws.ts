import { seededRandom, shuffled } from '@warmstart/random';
import { gather, type Rows, type Table } from './table.js';

/**
 * Draws labelled rows: at least one of each class, as equal as the count allows, the rest at random.
 *
 * @param classOf - class of each row
 * @param candidates - rows to draw from
 * @param count - how many, at least the number of classes
 * @param random - one stream per draw, so that a draw depends on no other
 * @returns row numbers, in the order drawn
 */
export function drawLabels(options: {
  classOf: ArrayLike<number>;
  candidates: ArrayLike<number>;
  classCount: number;
  count: number;
  random: () => number;
}): number[] {
  const { classOf, candidates, classCount, count, random } = options;
  if (count < classCount) {
    throw new RangeError(`drawLabels: count must be at least the ${classCount} classes, got ${count}.`);
  }
  const byClass: number[][] = Array.from({ length: classCount }, () => []);
  for (const row of shuffled(Array.from(candidates), random)) byClass[classOf[row] as number]?.push(row);
  const perClass = Math.floor(count / classCount);
  const drawn = byClass.flatMap((rows) => rows.splice(0, perClass));
  const rest = shuffled(byClass.flat(), random);
  return shuffled([...drawn, ...rest.slice(0, count - drawn.length)], random);
}

/** The labelled rows of one draw: the same for every arm, and of no other draw. */
export function labelledRows(table: Table, seed: number, draw: number): Rows {
  const { train, classNames, width, recipe } = table;
  const drawn = drawLabels({
    classOf: train.labels,
    candidates: Array.from({ length: train.rowCount }, (_, row) => row),
    classCount: classNames.length,
    count: recipe.plan.labels,
    random: seededRandom(seed, 'labels', draw),
  });
  return gather(train, width, drawn);
}
