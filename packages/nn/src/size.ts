/** One number for both axes, or [height, width]. */
export type Pair = number | readonly [number, number];

export function pair(value: Pair): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

/**
 * Checks a size that a layer was given, before anything is built.
 *
 * @throws RangeError unless it is a whole number of at least 1
 */
export function requireSize(layer: string, name: string, size: number): void {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`${layer}: ${name} must be a whole number of at least 1, got ${size}.`);
  }
}

/** @throws RangeError unless x has that many axes, the last of that length */
export function requireChannels(layer: string, x: { shape: number[] }, rank: number, channels: number): void {
  if (x.shape.length === rank && x.shape[rank - 1] === channels) return;
  const names = rank === 4 ? 'batch, height, width, ' : rank === 3 ? 'batch, length, ' : 'batch, ';
  throw new RangeError(`${layer}: the input must be [${names}${channels}], got [${x.shape}].`);
}
