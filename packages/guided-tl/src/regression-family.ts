import type { Random } from '@warmstart/shapes';

/** One member of a family of functions: its parameters by name. Plain data. */
export type FamilyMember<Name extends string> = { name: string } & Record<Name, number>;

/**
 * Easier problems of a family of functions: members drawn uniformly, e.g. sinusoids of amplitude and phase.
 *
 * @param ranges - [low, high] of each parameter
 * @throws RangeError for an empty or infinite range, or a count that is not an integer ≥ 1
 * @see Finn et al. 2017, MAML, arXiv 1703.03400 §5.1 (the sinusoids)
 */
export function regressionFamily<Name extends string>(
  ranges: Readonly<Record<Name, readonly [number, number]>>,
  { count, random }: { count: number; random: Random },
): FamilyMember<Name>[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`regressionFamily: count must be an integer ≥ 1, got ${count}.`);
  }
  const entries = Object.entries(ranges) as [Name, readonly [number, number]][];
  for (const [name, [low, high]] of entries) {
    if (low <= high && Number.isFinite(high - low)) continue;
    throw new RangeError(`regressionFamily: ${name} must run from low to high, got [${low}, ${high}].`);
  }
  return Array.from({ length: count }, (_, i) => {
    const values = Object.fromEntries(
      entries.map(([name, [low, high]]) => [name, low + (high - low) * random()]),
    );
    // every name of the ranges is there, each a number
    return { ...values, name: `member ${i}` } as FamilyMember<Name>;
  });
}
