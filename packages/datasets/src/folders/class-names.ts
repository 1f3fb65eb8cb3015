/** @internal Numbers by size, then the rest by code unit: `1, 2, 10`, not `1, 10, 2`. */
export function inClassOrder(names: Iterable<string>): string[] {
  return [...new Set(names)].sort((a, b) => {
    const [first, second] = [wholeNumber(a), wholeNumber(b)];
    if (first !== undefined && second !== undefined && first !== second) return first - second;
    if ((first === undefined) !== (second === undefined)) return first === undefined ? 1 : -1;
    return a < b ? -1 : 1;
  });
}

function wholeNumber(name: string): number | undefined {
  return /^-?\d{1,15}$/.test(name) ? Number(name) : undefined;
}

/** @internal A class's place among the names; −1 for none. Composed and decomposed Unicode are one name. */
export function classIndex(classNames: readonly string[]): (name: string | undefined) => number {
  const places = new Map(classNames.map((name, place) => [name.normalize('NFC'), place]));
  return (name) => (name === undefined ? -1 : (places.get(name.normalize('NFC')) ?? -1));
}

/** @internal Five names at most, then how many more. */
export function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
