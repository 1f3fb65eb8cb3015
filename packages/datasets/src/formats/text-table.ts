import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { joinBytes } from './byte-reader.js';
import type { TextEncoding } from './decode-text.js';
import { decodeText } from './decode-text.js';

export interface TextTableOptions {
  /** Default `,`; a tab reads TSV. */
  readonly delimiter?: string;
  /** Default `"`; null where quotes are letters like any other (recount3's metadata, many TSVs). */
  readonly quote?: string | null;
  readonly encoding?: TextEncoding;
  /** Fields every row must have. Default: as many as the first row; `any` lets rows differ. */
  readonly columnCount?: number | 'any';
  readonly file?: string;
  readonly limits?: Partial<Limits>;
}

const newline = 10;
const lineFeed = '\n';

/**
 * Reads CSV or TSV as text: quoted fields with delimiters, quotes and newlines in them, LF, CRLF or CR
 * line ends, a byte-order mark. Gives rows in blocks, as they come; blank lines are passed over.
 *
 * @throws DatasetError `malformed` (ragged rows, text after a closing quote), `truncated` (an unclosed quote),
 *   `encoding` or `limit`, with record and byte
 * @see RFC 4180
 */
export async function* readTextTable(
  bytes: AsyncIterable<Uint8Array>,
  options: TextTableOptions = {},
): AsyncGenerator<string[][], void, undefined> {
  const parser = new RowParser(options);
  let parts: Uint8Array[] = [];
  let partBytes = 0;
  for await (const chunk of bytes) {
    const cut = chunk.lastIndexOf(newline) + 1; // no byte of a longer UTF-8 character is 10
    if (cut > 0) {
      parts.push(chunk.subarray(0, cut));
      const rows = parser.push(
        partBytes === 0 ? chunk.subarray(0, cut) : joinBytes(parts, partBytes + cut),
        false,
      );
      if (rows.length > 0) yield rows;
      parts = [];
      partBytes = 0;
    }
    if (cut === chunk.length) continue;
    parts.push(chunk.slice(cut));
    partBytes += chunk.length - cut;
    parser.checkLength(partBytes);
  }
  const rows = parser.push(joinBytes(parts, partBytes), true);
  if (rows.length > 0) yield rows;
}

class RowParser {
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #encoding: TextEncoding;
  readonly #file: string | undefined;
  readonly #recordBytes: number;
  readonly #mostColumns: number;
  #columnCount: number | 'any' | undefined;
  #text = '';
  #bytes = 0; // in the file, up to the end of #text
  #record = 0;

  constructor(options: TextTableOptions) {
    this.#delimiter = oneCharacter('delimiter', options.delimiter ?? ',');
    this.#quote = options.quote === null ? '' : oneCharacter('quote', options.quote ?? '"');
    this.#encoding = options.encoding ?? 'utf-8';
    this.#file = options.file;
    this.#columnCount = options.columnCount;
    const limits = withLimits(options.limits);
    this.#recordBytes = limits.recordBytes;
    this.#mostColumns = limits.columns;
  }

  /** Rows complete with these bytes; `last` also gives a row that has no line end. */
  push(bytes: Uint8Array, last: boolean): string[][] {
    const isStart = this.#bytes === 0;
    let more = decodeText(bytes, this.#encoding, { file: this.#file, byte: this.#bytes });
    this.#bytes += bytes.length;
    if (isStart && (more.startsWith('\ufeff') || more.startsWith('ï»¿')))
      more = more.slice(more.startsWith('\ufeff') ? 1 : 3);
    this.#text = this.#text === '' ? more : this.#text + more;
    const rows: string[][] = [];
    let start = 0;
    while (start < this.#text.length) {
      const end = this.#parseRow(start, last, rows);
      if (end < 0) break;
      start = end;
    }
    this.#text = start === 0 ? this.#text : this.#text.slice(start);
    this.checkLength(this.#text.length);
    return rows;
  }

  checkLength(length: number): void {
    if (length <= this.#recordBytes) return;
    throw this.#error(
      'limit',
      `a record may have at most ${this.#recordBytes} bytes, got more. Is a quote not closed? Raise limits.recordBytes if it should.`,
      0,
    );
  }

  /** Adds the row that begins at `start` to `rows`; gives the position after it, −1 if it is not complete. */
  #parseRow(start: number, last: boolean, rows: string[][]): number {
    const [text, delimiter] = [this.#text, this.#delimiter.charCodeAt(0)];
    const quote = this.#quote === '' ? -1 : this.#quote.charCodeAt(0);
    const row: string[] = [];
    let at = start;
    for (;;) {
      let end: number;
      if (text.charCodeAt(at) === quote) {
        end = this.#closingQuote(at + 1);
        if (end < 0) return this.#incomplete(start, last);
        const inside = text.slice(at + 1, end);
        row.push(this.#doubled ? inside.replaceAll(this.#quote + this.#quote, this.#quote) : inside);
        end++;
      } else {
        end = at;
        for (
          let code = text.charCodeAt(end);
          code !== delimiter && code !== 10 && code !== 13 && end < text.length;
        ) {
          code = text.charCodeAt(++end);
        }
        row.push(text.slice(at, end));
      }
      const code = text.charCodeAt(end);
      if (code === delimiter) {
        at = end + 1;
        continue;
      }
      if (end >= text.length && !last) return -1;
      if (code === 13 && end + 1 >= text.length && !last) return -1; // LF may follow
      if (end < text.length && code !== 10 && code !== 13) {
        throw this.#error(
          'malformed',
          `a closing quote must end its field, got ${JSON.stringify(text.slice(end, end + 10))} after it`,
          end,
        );
      }
      this.#accept(row, start, rows);
      return end + (code === 13 && text.charCodeAt(end + 1) === 10 ? 2 : 1);
    }
  }

  #doubled = false;

  /** Position of the quote that closes a field, −1 if it is not there; notes whether quotes are doubled inside. */
  #closingQuote(from: number): number {
    this.#doubled = false;
    let at = this.#text.indexOf(this.#quote, from);
    while (at >= 0 && this.#text.charCodeAt(at + 1) === this.#quote.charCodeAt(0)) {
      this.#doubled = true;
      at = this.#text.indexOf(this.#quote, at + 2);
    }
    return at;
  }

  #incomplete(start: number, last: boolean): number {
    if (last) throw this.#error('truncated', 'a quote must be closed before the file ends', start);
    return -1;
  }

  #accept(row: string[], start: number, rows: string[][]): void {
    if (row.length === 1 && row[0] === '' && this.#text.charCodeAt(start) !== this.#quote.charCodeAt(0))
      return;
    this.#columnCount ??= row.length;
    const wanted = this.#columnCount;
    if (wanted !== 'any' && row.length !== wanted) {
      throw this.#error('malformed', `every row must have ${wanted} fields, got ${row.length}`, start);
    }
    if (row.length > this.#mostColumns) {
      throw this.#error(
        'limit',
        `a row may have at most ${this.#mostColumns} fields, got ${row.length}. Raise limits.columns if it should have more`,
        start,
      );
    }
    this.#record++;
    rows.push(row);
  }

  #error(code: 'malformed' | 'truncated' | 'limit', what: string, at: number): DatasetError {
    const rest = this.#text.slice(at);
    const restBytes = this.#encoding === 'latin1' ? rest.length : new TextEncoder().encode(rest).length;
    return new DatasetError(code, `readTextTable: ${what}.`, {
      file: this.#file,
      record: this.#record + 1,
      byte: this.#bytes - restBytes,
    });
  }
}

function oneCharacter(name: string, text: string): string {
  if (text.length === 1 && text !== lineFeed && text !== '\r') return text;
  throw new RangeError(
    `readTextTable: ${name} must be one character and no line end, got ${JSON.stringify(text)}.`,
  );
}
