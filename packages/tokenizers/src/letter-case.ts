/**
 * Capitals that Unicode 16 and 17 brought, from the first to the last, and how far on their small letters are: engines
 * may be older.
 */
const recent: readonly (readonly [first: number, last: number, distance: number])[] = [
  [0x1c89, 0x1c89, 1],
  [0xa7cb, 0xa7cb, 0x264 - 0xa7cb],
  [0xa7cc, 0xa7cc, 1],
  [0xa7ce, 0xa7ce, 1],
  [0xa7d2, 0xa7d2, 1],
  [0xa7d4, 0xa7d4, 1],
  [0xa7da, 0xa7da, 1],
  [0xa7dc, 0xa7dc, 0x19b - 0xa7dc],
  [0x10d50, 0x10d65, 0x20],
  [0x16ea0, 0x16eb8, 0x1b],
];
const recentLetter =
  /[\u1c89\ua7cb\ua7cc\ua7ce\ua7d2\ua7d4\ua7da\ua7dc\u{10d50}-\u{10d65}\u{16ea0}-\u{16eb8}]/gu;

/** Small letters, each by itself: a Σ at the end of a word becomes σ, not ς. */
export function lowerCase(text: string): string {
  const small = text.includes('Σ')
    ? text
        .split('Σ')
        .map((part) => part.toLowerCase())
        .join('σ') // no other letter looks at its neighbours
    : text.toLowerCase();
  return small.replace(recentLetter, smallOf);
}

function smallOf(letter: string): string {
  const code = letter.codePointAt(0) as number; // a letter
  const [, , distance = 0] = recent.find(([first, last]) => code >= first && code <= last) ?? [];
  return String.fromCodePoint(code + distance);
}
