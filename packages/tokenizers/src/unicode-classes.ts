import { kindOfSign, runs, signs, unicodeClass } from './unicode-runs.js';

export { unicodeClass };

let kinds: Uint16Array | undefined;

/** The classes of every code point, as Hugging Face's library has them, whatever the engine's version of Unicode. */
function kindsOfAll(): Uint16Array {
  if (kinds) return kinds;
  const all = new Uint16Array(0x110000);
  let at = 0;
  for (const [, length, sign] of runs.matchAll(/([0-9a-z]*)([^0-9a-z])/g)) {
    const end = at + (length === '' ? 1 : Number.parseInt(length as string, 36));
    all.fill(kindOfSign[signs.indexOf(sign as string)] as number, at, end);
    at = end;
  }
  kinds = all;
  return all;
}

/** Whether a code point is of any of the classes: a sum of `unicodeClass`. */
export function isOf(code: number, classes: number): boolean {
  return ((kindsOfAll()[code] as number) & classes) !== 0;
}

/** How many UTF-16 units the character at `at` has. */
export function unitsOf(code: number): 1 | 2 {
  return code > 0xffff ? 2 : 1;
}

/** Where the run of characters that begins at `at` ends: those of the classes or, with `inverted`, of none of them. */
export function endOfRun(text: string, at: number, classes: number, inverted = false): number {
  let end = at;
  while (end < text.length) {
    const code = text.codePointAt(end) as number; // before the end
    if (isOf(code, classes) === inverted) break;
    end += unitsOf(code);
  }
  return end;
}

/** Where the white space before `end` begins, not looking beyond `from`. It is all of one unit a character. */
export function startOfSpace(text: string, end: number, from = 0): number {
  let start = end;
  while (start > from && isOf(text.charCodeAt(start - 1), unicodeClass.space)) start--;
  return start;
}

/** Text without lone surrogates, which UTF-8 does not have either. */
export function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}
