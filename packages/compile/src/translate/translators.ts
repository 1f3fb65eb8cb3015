import { arrangement } from './arrangement.js';
import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { fusedTraining } from './fused-training.js';
import { lookups } from './lookups.js';
import { poolings } from './poolings.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import type { Family, Translator } from './translator.js';

const families = (): readonly Family[] => [
  elementwise,
  products,
  reductions,
  arrangement,
  lookups,
  convolutions,
  poolings,
  fusedTraining,
];

/** The translator of a kernel, if there is one. */
export function translatorOf(kernel: string): Translator | undefined {
  return families().find((family) => Object.hasOwn(family, kernel))?.[kernel];
}

/** Every kernel that can be translated, in alphabetical order. */
export function translatedKernels(): string[] {
  return families()
    .flatMap((family) => Object.keys(family))
    .sort();
}
