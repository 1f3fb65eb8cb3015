import { styledNumber } from './number-style.js';

/** Names that differ: a nameless column is called by its number, the second `age` is `age 2`. */
export function namesOf(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, at) => {
    const name = cell.trim() || `column ${at + 1}`;
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name} ${count}`;
    taken.add(unique);
    return unique;
  });
}

const mostlyNumbers = 0.8;

/** A first row is data where columns of numbers begin with one, and, without such columns, where its words come again. */
export function isHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
  if (rest.length === 0) return !first.some((cell) => isNumber(cell));
  const some = rest.slice(0, 500);
  const isNumeric = first.map((_, at) => {
    const known = some.map((row) => row[at] ?? '').filter((cell) => cell !== '');
    return known.length > 0 && known.filter(isNumber).length >= mostlyNumbers * known.length;
  });
  const ofNumbers = first.filter((cell, at) => isNumeric[at] && cell !== '');
  const begun = ofNumbers.filter(isNumber);
  if (ofNumbers.length > 0 && begun.length === 0) return true;
  if (begun.length > 0) return areNames(begun) && begun.length === ofNumbers.length && begun.length > 2;
  const again = first.filter((cell, at) => cell !== '' && some.some((row) => row[at] === cell)).length;
  return again * 2 < first.length;
}

function isNumber(cell: string): boolean {
  return (
    styledNumber(cell, { decimal: '.' }) !== undefined || styledNumber(cell, { decimal: ',' }) !== undefined
  );
}

/** Whole numbers, each one more than the last: years, or places. */
function areNames(cells: readonly string[]): boolean {
  return cells.every(
    (cell, at) => /^\d+$/.test(cell) && (at === 0 || Number(cell) === Number(cells[at - 1]) + 1),
  );
}
