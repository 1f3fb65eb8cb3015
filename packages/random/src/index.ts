export { keyedPermutation } from './keyed-permutation.js';
export { normalRandom } from './normal-random.js';
export { seededRandom } from './seeded-random.js';
export { randomOrder, type Shuffleable, shuffle, shuffled } from './shuffle.js';
