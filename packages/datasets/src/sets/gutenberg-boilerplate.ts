const start =
  /^.{0,3}\*{2,3} ?(?:START|BEGIN)\b[^\n]*?(?:E-?BOOK|ETEXT|FILE|PROJECT GUTENBERG)[^\n]*(?:\n[^\n]*?\*{3}[^\n]*)?$/gim;
const end =
  /^.{0,3}\*{2,3} ?END\b[^\n]*?(?:E-?BOOK|ETEXT|FILE|PROJECT GUTENBERG)[^\n]*$|^End of (?:the |this )?Project Gutenberg[^\n]*$/gim;
const smallPrint = /^\*END\*? ?THE SMALL PRINT[^\n]*$/gim;

/**
 * A book without the publisher's header and footer.
 *
 * One tolerant pattern for the START and END lines of four decades (`*** START OF THE PROJECT GUTENBERG
 * EBOOK …`, `***START …`, `*** BEGIN …`), else the end of the old "small print".
 *
 * @returns the text, line ends made LF, blank lines around it taken off; and whether any marker was found
 */
export function stripBoilerplate(book: string): { readonly text: string; readonly marked: boolean } {
  const text = book.replaceAll('\r\n', '\n');
  const begin = endOfFirst(text, start) ?? endOfFirst(text, smallPrint);
  const from = begin ?? 0;
  end.lastIndex = from;
  const stop = end.exec(text)?.index;
  end.lastIndex = 0;
  return { text: text.slice(from, stop).trim(), marked: begin !== undefined || stop !== undefined };
}

function endOfFirst(text: string, pattern: RegExp): number | undefined {
  pattern.lastIndex = 0;
  const match = pattern.exec(text);
  pattern.lastIndex = 0;
  return match === null ? undefined : match.index + match[0].length;
}
