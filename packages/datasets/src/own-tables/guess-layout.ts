import { styledNumber } from './number-style.js';
import type { CellMarks } from './split-rows.js';
import { splitRows } from './split-rows.js';

/** What a delimited file looks like from its beginning. */
export interface TextLayout {
  readonly marks: CellMarks;
  readonly names: readonly string[];
  /** Whether the first row names the columns. */
  readonly header: boolean;
  /** Rows under the header. */
  readonly sample: readonly (readonly string[])[];
  /** Lines before the first row that hold no cells (`sep=;`). */
  readonly skipLines: number;
}

export interface StatedLayout {
  readonly delimiter?: string | undefined;
  readonly quote?: string | null | undefined;
  readonly header?: boolean | readonly string[] | undefined;
  /** What the file's name says. */
  readonly usualDelimiter: string;
}

const separatorLine = /^\uFEFF?sep=(.)\r?\n/i;

/** @param whole - whether the text is all there is */
export function guessLayout(text: string, whole: boolean, stated: StatedLayout): TextLayout {
  const separator = separatorLine.exec(text);
  const body = (separator === null ? text : text.slice(separator[0].length)).replace(/^\uFEFF/, '');
  const delimiter = stated.delimiter ?? separator?.[1];
  const marks = guessMarks(body, whole, { ...stated, delimiter });
  const { rows } = splitRows(body, marks, whole);
  const [first = [], ...rest] = rows;
  const header =
    typeof stated.header === 'boolean' ? stated.header : stated.header ? false : isHeader(first, rest);
  const names = Array.isArray(stated.header)
    ? (stated.header as readonly string[])
    : namesOf(header ? first : first.map(() => ''));
  return { marks, names, header, sample: header ? rest : rows, skipLines: separator === null ? 0 : 1 };
}

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

function guessMarks(text: string, whole: boolean, stated: StatedLayout): CellMarks {
  const delimiters =
    stated.delimiter === undefined
      ? [...new Set([stated.usualDelimiter, ',', ';', '\t', '|'])]
      : [stated.delimiter];
  const single = /(?:^|[\n\r,;\t|])'/.test(text) ? ["'"] : [];
  const quotes = stated.quote === undefined ? ['"', ...single] : [stated.quote ?? ''];
  let best: { marks: CellMarks; score: number } | undefined;
  for (const quote of quotes) {
    for (const delimiter of delimiters) {
      for (const backslash of quote !== '' && text.includes(`\\${quote}`) ? [false, true] : [false]) {
        const marks = { delimiter, quote, backslash };
        const score = scoreOf(text, whole, marks);
        if (best === undefined || score > best.score) best = { marks, score };
      }
    }
  }
  return best?.marks ?? { delimiter: stated.usualDelimiter, quote: '"', backslash: false };
}

/** Rows of equal length count most, then more columns than one; what is tried first wins a tie. */
function scoreOf(text: string, whole: boolean, marks: CellMarks): number {
  const { rows, isBroken } = splitRows(text.slice(0, 65_536), marks, whole && text.length <= 65_536);
  const width = rows[0]?.length ?? 1;
  const same = rows.filter(({ length }) => length === width).length / Math.max(1, rows.length);
  return (isBroken ? 0 : 10) + 4 * same + (width > 1 ? 2 + same : 0) - (isBroken || same < 1 ? 1 : 0);
}

const mostlyNumbers = 0.8;

/** A first row is data where columns of numbers begin with one, and, without such columns, where its words come again. */
function isHeader(first: readonly string[], rest: readonly (readonly string[])[]): boolean {
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
