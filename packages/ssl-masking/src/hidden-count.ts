/** How ratio × units becomes a whole number. */
export type Rounding = 'nearest' | 'floor' | 'ceil';

/**
 * How many units of a row are hidden: ratio × unitCount rounded, but at least one hidden and one kept.
 *
 * 'nearest' (halves up) is the default; 'floor' hides as Masked Autoencoders keep, 'ceil' as SimMIM does.
 * The product is rounded to 12 digits first, so that 0.3 × 10 is 3 and not 3.0000000000000004.
 *
 * @param unitCount - ≥ 2; with fewer there is nothing to hide or nothing to see
 */
export function hiddenCount(unitCount: number, ratio: number, rounding: Rounding = 'nearest'): number {
  const exact = Number((ratio * unitCount).toPrecision(12));
  const rounded =
    rounding === 'nearest' ? Math.round(exact) : rounding === 'floor' ? Math.floor(exact) : Math.ceil(exact);
  return Math.min(unitCount - 1, Math.max(1, rounded));
}

/** @throws RangeError for a ratio outside (0, 1) */
export function checkRatio(name: string, ratio: number): void {
  if (!(ratio > 0 && ratio < 1)) {
    throw new RangeError(
      `${name}: maskRatio must be between 0 and 1, both excluded, got ${ratio}. ` +
        'Tables train well with 0.5, image patches with 0.75, tokens with 0.15.',
    );
  }
}
