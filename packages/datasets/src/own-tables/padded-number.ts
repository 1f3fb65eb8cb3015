/** `05` of minutes or months as a number; undefined for words and for longer codes (`0012`, `02139`). */
export function paddedNumber(word: string): number | undefined {
  return /^[+-]?0\d(?:\.\d*)?$/.test(word) ? Number(word) : undefined;
}

/** The same of any length, where a column is known to hold numbers. */
export function anyPaddedNumber(word: string): number | undefined {
  return /^[+-]?0+\d+(?:\.\d*)?$/.test(word) ? Number(word) : undefined;
}
