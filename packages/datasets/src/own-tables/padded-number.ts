/** `05` of minutes or months as a number; undefined for words and for longer codes (`0012`, `02139`). */
export function paddedNumber(word: string): number | undefined {
  return /^[+-]?0\d(?:\.\d*)?$/.test(word) ? Number(word) : undefined;
}
