/** Draws numbers in [0, 1), e.g. `seededRandom(7, 'mask', step)` of `@warmstart/random`. */
export type Random = () => number;
