import type { ReadonlyStateDict, StateDict } from '@warmstart/shapes';

/** A state dict that shares no memory with the given one. */
export function copyStateDict(state: ReadonlyStateDict): StateDict {
  return new Map(
    [...state].map(([key, { dtype, shape, data }]) => [
      key,
      { dtype, shape: [...shape], data: data.slice() },
    ]),
  );
}

/** How many numbers a shape holds; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Whether two shapes are the same. */
export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, axis) => size === right[axis]);
}

/** At most five items, then how many more. */
export function listSome(items: readonly (string | number)[]): string {
  const shown = items.slice(0, 5).join(', ');
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}
