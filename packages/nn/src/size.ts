/** One number for both axes, or [height, width]. */
export type Pair = number | readonly [number, number];

export function pair(value: Pair): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

/**
 * A number or a pair of numbers as a pair.
 *
 * @param others - what else may stand there, as the message names it
 * @throws TypeError unless it is a number or a pair of numbers
 */
export function requirePair(layer: string, name: string, value: Pair, others = ''): [number, number] {
  const sizes = Array.isArray(value) ? value : [value, value];
  if (sizes.length === 2 && sizes.every((size) => typeof size === 'number')) return sizes as [number, number];
  throw new TypeError(
    `${layer}: ${name} must be ${others}a number or [height, width], got ${JSON.stringify(value)}. Pass { ${name}: … } in the options.`,
  );
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

/** @throws TypeError unless the input came by its name: these layers take masks beside it */
export function requireNamed(layer: string, name: string, x: { shape: number[] } | undefined): void {
  if (x?.shape) return;
  throw new TypeError(
    `${layer}: the input must be an object with the tensor \`${name}\`. Write call({ ${name}: … }).`,
  );
}

/** @throws RangeError unless x has that many axes, the last of that length */
export function requireChannels(layer: string, x: { shape: number[] }, rank: number, channels: number): void {
  if (x.shape.length === rank && x.shape[rank - 1] === channels) return;
  const names = rank === 4 ? 'batch, height, width, ' : rank === 3 ? 'batch, length, ' : 'batch, ';
  throw new RangeError(`${layer}: the input must be [${names}${channels}], got [${x.shape}].`);
}
