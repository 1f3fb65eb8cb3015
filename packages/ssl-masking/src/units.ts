/**
 * What is hidden as one: each unit is a list of feature indices, e.g. the four one-hot columns of a
 * nucleotide. Features of no unit are never hidden.
 */
export type Units = readonly (readonly number[])[];

/** Neighbouring features in units of equal size. @throws RangeError if the size does not divide */
export function equalUnits(name: string, featureCount: number, size: number): Units {
  if (!(Number.isInteger(size) && size > 0 && featureCount % size === 0)) {
    throw new RangeError(
      `${name}: groups must divide the ${featureCount} features, got ${size}. List groups of other sizes.`,
    );
  }
  return Array.from({ length: featureCount / size }, (_, unit) =>
    Array.from({ length: size }, (_, index) => unit * size + index),
  );
}

/** @throws RangeError if a unit is empty, a feature is out of range, or two units share one */
export function checkUnits(name: string, units: Units, featureCount: number): void {
  const owner = new Int32Array(featureCount).fill(-1);
  units.forEach((features, unit) => {
    if (features.length === 0)
      throw new RangeError(`${name}: every group must hold a feature, got none in group ${unit}.`);
    for (const feature of features) {
      if (!(Number.isInteger(feature) && feature >= 0 && feature < featureCount)) {
        throw new RangeError(
          `${name}: groups must hold features 0 to ${featureCount - 1}, got ${feature} in group ${unit}.`,
        );
      }
      if (owner[feature] !== -1) {
        throw new RangeError(
          `${name}: groups must not overlap, got feature ${feature} in groups ${owner[feature]} and ${unit}.`,
        );
      }
      owner[feature] = unit;
    }
  });
}
