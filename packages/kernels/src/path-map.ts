/**
 * Tensors by path must come as a Map.
 *
 * @param caller - the function named in the message
 * @throws TypeError for an array, a plain object and all else
 */
export function requirePathMap(caller: string, what: string, given: ReadonlyMap<string, unknown>): void {
  if (typeof given?.keys === 'function' && typeof given.get === 'function') return;
  const got = Array.isArray(given) ? 'an array' : typeof given;
  throw new TypeError(
    `${caller}: ${what} must be a Map by path, got ${got}. Pass new Map(Object.entries({ path: tensor })).`,
  );
}
