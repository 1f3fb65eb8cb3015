/** How a text file separates its cells. */
export interface CellMarks {
  readonly delimiter: string;
  /** `''` where quotes are letters like any other. */
  readonly quote: string;
  /** Whether a backslash before a quote makes it a letter. */
  readonly backslash: boolean;
}

export interface SplitText {
  readonly rows: readonly (readonly string[])[];
  /** Whether something stood between a closing quote and the next mark. */
  readonly isBroken: boolean;
}

/**
 * The rows of the beginning of a text, cells without spaces around them; its last row is left out unless the text is
 * `whole`. For looking at: files are read by `CellScanner`.
 */
export function splitRows(text: string, marks: CellMarks, whole: boolean): SplitText {
  const rows: string[][] = [];
  let row: string[] = [];
  let isBroken = false;
  let at = 0;
  while (at < text.length) {
    const { cell, end, broken } = cellAt(text, at, marks);
    isBroken ||= broken;
    row.push(cell);
    at = end + 1;
    if (text[end] === marks.delimiter) {
      if (at >= text.length) row.push('');
      else continue;
    }
    if (text[end] === '\r' && text[end + 1] === '\n') at++;
    if (end >= text.length && !whole) break;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  return { rows, isBroken };
}

function cellAt(
  text: string,
  start: number,
  { delimiter, quote, backslash }: CellMarks,
): { cell: string; end: number; broken: boolean } {
  let from = start;
  while (text[from] === ' ' && delimiter !== ' ') from++;
  if (quote === '' || text[from] !== quote) {
    const end = endOfCell(text, start, delimiter);
    return { cell: text.slice(start, end).trim(), end, broken: false };
  }
  let cell = '';
  let at = from + 1;
  for (; at < text.length; at++) {
    if (backslash && text[at] === '\\' && text[at + 1] === quote) cell += text[++at];
    else if (text[at] !== quote) cell += text[at];
    else if (text[at + 1] === quote) cell += text[++at];
    else break;
  }
  const end = endOfCell(text, at + 1, delimiter);
  return { cell: cell.trim(), end, broken: at < text.length && text.slice(at + 1, end).trim() !== '' };
}

function endOfCell(text: string, start: number, delimiter: string): number {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++;
  return end;
}
