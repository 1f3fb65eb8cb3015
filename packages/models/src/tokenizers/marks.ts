/**
 * Cuts a text at the marks it names: pieces that stand for themselves and are never split.
 *
 * @returns marks and what is between them, in order; nothing empty
 */
export function splitAtMarks(text: string, marks: readonly string[]): string[] {
  if (marks.length === 0) return [text];
  const longestFirst = [...marks].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((mark) => mark.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&'));
  return text.split(new RegExp(`(${escaped.join('|')})`)).filter((part) => part !== '');
}
