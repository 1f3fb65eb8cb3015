/** More accents on one letter than any language has; from here on the engine's own sorting would take quadratic time. */
const longRun = /\p{M}{31,}/gu;

/** A text whose long runs of combining marks are in canonical order, which its normal forms keep. */
export function withMarksInOrder(text: string): string {
  return text.replace(longRun, inOrder);
}

function inOrder(run: string): string {
  const places = placesOf([...new Set(run)]);
  let result = '';
  let byPlace: string[] = [];
  const flush = () => {
    result += byPlace.join('');
    byPlace = [];
  };
  for (const mark of run) {
    const place = places.get(mark);
    if (place !== undefined) {
      byPlace[place] = (byPlace[place] ?? '') + mark;
      continue;
    }
    flush();
    result += mark; // nothing moves past it
  }
  flush();
  return result;
}

/** The order of marks, equal where they keep the order in which they come; not of those that nothing moves past. */
function placesOf(marks: readonly string[]): Map<string, number> {
  const moving = marks.filter((mark) => isAfter('\u0345', mark) || isAfter(mark, '\u0334'));
  moving.sort((a, b) => (isAfter(a, b) ? 1 : isAfter(b, a) ? -1 : 0));
  const places = new Map<string, number>();
  let place = 0;
  for (const [i, mark] of moving.entries()) {
    if (i > 0 && isAfter(mark, moving[i - 1] as string)) place++; // they are sorted, so it is after it or equal
    places.set(mark, place);
  }
  return places;
}

/** Whether a normal form puts the first mark after the second. */
function isAfter(first: string, second: string): boolean {
  const [one, two] = [first.normalize('NFD'), second.normalize('NFD')];
  return one + two !== (first + second).normalize('NFD');
}
