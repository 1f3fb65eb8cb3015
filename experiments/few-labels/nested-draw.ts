import { shuffled } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';

/**
 * An order of rows whose every beginning holds the classes as equally as can be: the first n are a stratified
 * draw of n labels, and larger draws contain smaller ones.
 */
export function nestedDraw(labels: ArrayLike<number>, classCount: number, random: Random): number[] {
  const byClass: number[][] = Array.from({ length: classCount }, () => []);
  for (const row of shuffled(
    Array.from(labels, (_, index) => index),
    random,
  )) {
    byClass[labels[row] as number]?.push(row);
  }
  const order: number[] = [];
  for (let turn = 0; order.length < labels.length; turn++) {
    for (const rows of byClass) {
      const row = rows[turn];
      if (row !== undefined) order.push(row);
    }
  }
  return order;
}
