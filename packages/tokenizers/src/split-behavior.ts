import { unitsOf } from './unicode-classes.js';
import type { WordEnd } from './word-patterns.js';

/** What becomes of what a pattern finds. */
export const splitBehaviors = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
export type SplitBehavior = (typeof splitBehaviors)[number];

interface Span {
  start: number;
  end: number;
  isMatch: boolean;
}

/** Cuts a text where a pattern finds something or, with `invert`, where it does not. */
export function splitAt(text: string, find: WordEnd, behavior: SplitBehavior, invert = false): string[] {
  const spans = spansOf(text, find, invert);
  return arranged(spans, behavior)
    .filter(({ start, end }) => end > start)
    .map(({ start, end }) => text.slice(start, end));
}

/** Matches and what is between them, from the first character to the last. */
function spansOf(text: string, find: WordEnd, invert: boolean): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (let at = 0; at < text.length; ) {
    const end = find(text, at);
    if (end === at) {
      at += unitsOf(text.codePointAt(at) as number); // before the end
      continue;
    }
    if (at > start) spans.push({ start, end: at, isMatch: invert });
    spans.push({ start: at, end, isMatch: !invert });
    start = end;
    at = end;
  }
  if (start < text.length) spans.push({ start, end: text.length, isMatch: invert });
  return spans;
}

function arranged(spans: readonly Span[], behavior: SplitBehavior): readonly Span[] {
  if (behavior === 'Isolated') return spans;
  if (behavior === 'Removed') return spans.filter(({ isMatch }) => !isMatch);
  const backwards = behavior === 'MergedWithNext';
  const result: Span[] = [];
  let before = false;
  for (const span of backwards ? spans.toReversed() : spans) {
    const last = result.at(-1);
    const joins = behavior === 'Contiguous' ? span.isMatch === before : span.isMatch && !before;
    if (!joins || !last) result.push({ ...span });
    else if (backwards) last.start = span.start;
    else last.end = span.end;
    before = span.isMatch;
  }
  return backwards ? result.reverse() : result;
}
