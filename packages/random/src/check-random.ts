/** Refuses a seed, or anything else that cannot be drawn from, with what to write instead. */
export function checkRandom(caller: string, random: unknown): void {
  if (typeof random === 'function') return;
  throw new TypeError(
    `${caller}: random must be a function, got ${String(random)}. E.g. seededRandom(7, 'order').`,
  );
}
