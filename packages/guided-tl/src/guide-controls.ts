import { shuffle } from '@warmstart/random';
import type { NamedTensor, Random, StateDict } from '@warmstart/shapes';
import { copyStateDict } from './state-dict.js';

/**
 * The same guide values in another place of the same tensor: what a real guide must beat, or it carries no
 * information beyond how free each tensor is. Tensors of one value stay as they are.
 *
 * @param random - draws in [0, 1), e.g. `seededRandom(7, 'shuffled-guides')`
 * @returns new guides; the given ones are not changed
 */
export function shuffleGuides(guides: ReadonlyMap<string, NamedTensor>, random: Random): StateDict {
  const shuffled = copyStateDict(guides);
  for (const { data } of shuffled.values()) shuffle(data as Float32Array, random);
  return shuffled;
}

/**
 * Each guide replaced by its tensor's mean: what is left if only the tensor matters, which is a learning
 * rate per tensor.
 *
 * @returns new guides; the given ones are not changed
 */
export function layerMeans(guides: ReadonlyMap<string, NamedTensor>): StateDict {
  const means = copyStateDict(guides);
  for (const { data } of means.values()) {
    const values = data as Float32Array;
    values.fill(values.reduce((sum, value) => sum + value, 0) / values.length);
  }
  return means;
}
