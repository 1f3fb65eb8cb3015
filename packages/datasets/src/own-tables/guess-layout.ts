import { isHeader, namesOf } from './guess-header.js';
import type { CellMarks } from './split-rows.js';
import { splitRows } from './split-rows.js';

/** What a delimited file looks like from its beginning. */
export interface TextLayout {
  readonly marks: CellMarks;
  readonly names: readonly string[];
  /** Whether the first row names the columns. */
  readonly header: boolean;
  /** The header as it stands in the file. */
  readonly headerCells: readonly string[];
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
  return {
    marks,
    names,
    header,
    headerCells: header ? first : [],
    sample: header ? rest : rows,
    skipLines: separator === null ? 0 : 1,
  };
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
