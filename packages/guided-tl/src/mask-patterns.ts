import type { Random } from '@warmstart/shapes';
import { drawWithout } from './class-subsets.js';

/** A reconstruction with always the same features hidden. Plain data. */
export interface MaskPattern {
  name: string;
  /** Hidden features, ascending. */
  hidden: Int32Array;
}

/** What {@link maskPatterns} takes. */
export interface MaskPatternsOptions {
  featureCount: number;
  /** Features that each pattern hides, in [1, featureCount). */
  hiddenCount: number;
  /** Patterns, no two alike. */
  count: number;
  random: Random;
}

/**
 * Easier problems for masked pre-training: rebuild these features from the rest.
 *
 * @throws RangeError if nothing or everything would be hidden, or so many different patterns were not found
 */
export function maskPatterns({
  featureCount,
  hiddenCount,
  count,
  random,
}: MaskPatternsOptions): MaskPattern[] {
  if (!(Number.isInteger(hiddenCount) && hiddenCount >= 1 && hiddenCount < featureCount)) {
    throw new RangeError(
      `maskPatterns: hiddenCount must be an integer in [1, ${featureCount}), got ${hiddenCount}.`,
    );
  }
  const features = Array.from({ length: featureCount }, (_, i) => i);
  const patterns = new Map<string, MaskPattern>();
  for (let draw = 0; patterns.size < count && draw < 100 * count; draw++) {
    const hidden = Int32Array.from(drawWithout(features, hiddenCount, random)).sort();
    patterns.set(hidden.join(), { name: `hide ${hidden.join(' ')}`, hidden });
  }
  if (patterns.size === count) return [...patterns.values()];
  throw new RangeError(
    `maskPatterns: ${count} different patterns must exist, got ${patterns.size}. Ask for fewer.`,
  );
}
