import { arrangement } from './arrangement.js';
import { convolutions } from './convolutions.js';
import { elementwise } from './elementwise.js';
import { lookups } from './lookups.js';
import { poolings } from './poolings.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import type { Translator } from './translator.js';

/** The translator of a kernel, if there is one. */
export function translatorOf(kernel: string): Translator | undefined {
  for (const family of [elementwise, products, reductions, arrangement, lookups, convolutions, poolings]) {
    if (Object.hasOwn(family, kernel)) return family[kernel];
  }
  return undefined;
}

/** Every kernel that can be translated, in alphabetical order. */
export function translatedKernels(): string[] {
  return [elementwise, products, reductions, arrangement, lookups, convolutions, poolings]
    .flatMap((family) => Object.keys(family))
    .sort();
}
