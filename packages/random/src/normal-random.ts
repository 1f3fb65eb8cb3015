import { checkRandom } from './check-random.js';

/**
 * Draws from the normal distribution with mean 0 and standard deviation 1.
 *
 * @param random - draws in [0, 1), e.g. `seededRandom(7, 'init')`; two draws of it give two of these
 * @throws TypeError if `random` is not a function, such as a seed
 * @see Box and Muller 1958
 */
export function normalRandom(random: () => number): () => number {
  checkRandom('normalRandom', random);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random())); // 1 − u is never 0
    const angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
