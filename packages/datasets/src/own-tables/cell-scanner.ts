import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { mayBeNumber, trimmed } from './cell-bytes.js';
import type { NumberStyle } from './number-style.js';
import { styledNumber } from './number-style.js';
import type { RawColumn } from './raw-column.js';
import type { CellMarks } from './split-rows.js';

const [lineFeed, carriageReturn, space, minus, zero] = [10, 13, 32, 45, 48];
/** What Excel writes so that a code stays a text: `="01234"`. */
const excelText = /^="(.*)"$/s;
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);

/** Where a file's column goes, and how it writes numbers. */
export interface ScannedCell {
  /** Undefined: passed over. */
  readonly column: RawColumn | undefined;
  readonly style: NumberStyle;
}

export interface ScanOptions {
  readonly marks: CellMarks;
  readonly cells: readonly ScannedCell[];
  readonly file: string;
  readonly limits: Partial<Limits>;
  /** Records before the first row: the header, lines that are passed over. */
  readonly skipRecords: number;
  /** Rows that the columns hold already. */
  readonly firstRow: number;
}

/** Reads rows of delimited text from bytes straight into columns: numbers without a string in between. */
export class CellScanner {
  readonly #cells: readonly ScannedCell[];
  readonly #file: string;
  readonly #recordBytes: number;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #backslash: boolean;
  /** By column: the byte of its decimal mark. */
  readonly #decimals: Uint8Array;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #skip: number;
  #record = 0;
  /** In the file, of the first byte of the buffer. */
  #byte = 0;
  rowCount: number;

  constructor({ marks, cells, file, limits, skipRecords, firstRow }: ScanOptions) {
    this.#cells = cells;
    this.#file = file;
    this.#recordBytes = withLimits(limits).recordBytes;
    this.#delimiter = marks.delimiter.charCodeAt(0);
    this.#quote = marks.quote === '' ? -1 : marks.quote.charCodeAt(0);
    this.#backslash = marks.backslash;
    this.#decimals = Uint8Array.from(cells, ({ style }) => style.decimal.charCodeAt(0));
    this.#skip = skipRecords;
    this.rowCount = firstRow;
  }

  /** @throws DatasetError `malformed`, `truncated`, `encoding` or `limit` with record and byte */
  async read(bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    let buffer = new Uint8Array(2 ** 19);
    let rest = 0;
    for await (const piece of bytes) {
      signal?.throwIfAborted();
      const length = rest + piece.length;
      if (length >= buffer.length) buffer = withRoom(buffer, length + 1);
      buffer.set(piece, rest);
      buffer[length] = 0; // ends every run of digits
      const end = this.#rows(buffer, length, false);
      buffer.copyWithin(0, end, length);
      rest = length - end;
      this.#byte += end;
      if (rest > this.#recordBytes) throw this.#tooLong();
    }
    buffer[rest] = 0;
    this.#rows(buffer, rest, true);
  }

  /** Reads whole rows; gives the place after the last one. */
  #rows(buffer: Uint8Array, length: number, last: boolean): number {
    let at = this.#byte === 0 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf ? 3 : 0;
    while (at < length) {
      const byte = buffer[at];
      if (byte === lineFeed || byte === carriageReturn) {
        at++;
        continue;
      }
      const end =
        this.#skip > 0 ? this.#skipRow(buffer, at, length, last) : this.#row(buffer, at, length, last);
      if (end < 0) break;
      at = end;
      this.#record++;
      if (this.#skip > 0) this.#skip--;
      else this.rowCount++;
    }
    return at;
  }

  #skipRow(buffer: Uint8Array, start: number, length: number, last: boolean): number {
    let at = start;
    for (;;) {
      const end = this.#fieldEnd(buffer, at, length, last);
      if (end < 0 || end >= length) return last ? length : -1;
      if (buffer[end] !== this.#delimiter) return end + 1;
      at = end + 1;
    }
  }

  /** One row into the columns; −1 if it is not whole. */
  #row(buffer: Uint8Array, start: number, length: number, last: boolean): number {
    const cells = this.#cells;
    const delimiter = this.#delimiter;
    const decimals = this.#decimals;
    const row = this.rowCount;
    const width = cells.length;
    let position = start;
    for (let column = 0; column < width; column++) {
      const sink = (cells[column] as ScannedCell).column;
      const fieldStart = position;
      if (sink !== undefined) {
        let byte = buffer[position] as number;
        const negative = byte === minus;
        if (negative) byte = buffer[++position] as number;
        const digitsStart = position;
        let mantissa = 0;
        while (byte >= zero && byte < zero + 10) {
          mantissa = mantissa * 10 + (byte - zero);
          byte = buffer[++position] as number;
        }
        let whole = position - digitsStart;
        let digits = whole;
        if (whole > 0 && byte === decimals[column] && byte !== delimiter) {
          byte = buffer[++position] as number;
          while (byte >= zero && byte < zero + 10) {
            mantissa = mantissa * 10 + (byte - zero);
            byte = buffer[++position] as number;
          }
          digits = position - digitsStart - 1;
        }
        const isEnd = byte === delimiter || byte === lineFeed || byte === carriageReturn;
        // up to 15 digits the mantissa and the power of ten are exact, so is their quotient
        if (isEnd && digits > 0 && digits <= 15 && (whole === 1 || buffer[digitsStart] !== zero)) {
          const size = digits === whole ? mantissa : mantissa / (powersOfTen[digits - whole] as number);
          sink.setNumber(row, negative ? -size : size);
          whole = -1;
        }
        if (whole >= 0) position = this.#cell(buffer, fieldStart, length, last, column);
      } else position = this.#fieldEnd(buffer, position, length, last);
      if (position < 0 || (position >= length && !last)) return -1;
      const ends = position >= length || buffer[position] !== delimiter;
      if (ends !== (column === width - 1)) return this.#wrongLength(buffer, start, length, last);
      position++;
    }
    return position;
  }

  /** The place of the mark after a field, `length` at the end of the file, −1 if that is not there yet. */
  #fieldEnd(buffer: Uint8Array, start: number, length: number, last: boolean): number {
    let at = start;
    if (this.#quote >= 0) {
      while (buffer[at] === space) at++;
      if (buffer[at] !== this.#quote) at = start;
      else {
        const closing = this.#closingQuote(buffer, at + 1, length, last);
        if (closing < 0) return -1;
        at = closing + 1;
      }
    }
    while (at < length) {
      const byte = buffer[at] as number;
      if (byte === this.#delimiter || byte === lineFeed || byte === carriageReturn) return at;
      at++;
    }
    return last ? length : -1;
  }

  /** −1 if it is not there yet. */
  #closingQuote(buffer: Uint8Array, from: number, length: number, last: boolean): number {
    for (let at = from; at < length; at++) {
      if (this.#backslash && buffer[at] === 92) at++;
      else if (buffer[at] === this.#quote) {
        if (buffer[at + 1] !== this.#quote) return at + 1 < length || last ? at : -1;
        at++;
      }
    }
    if (!last) return -1;
    throw this.#error('truncated', 'a quote must be closed before the file ends', from - 1);
  }

  /** Anything but a plain number, into its column; gives the place after it. */
  #cell(buffer: Uint8Array, start: number, length: number, last: boolean, at: number): number {
    const end = this.#fieldEnd(buffer, start, length, last);
    if (end < 0 || (end >= length && !last)) return end;
    let [from, to] = trimmed(buffer, start, end);
    if (from === to) return end;
    const { column, style } = this.#cells[at] as ScannedCell;
    const sink = column as RawColumn; // cells of other columns are passed over
    if (buffer[from] === this.#quote) {
      if (buffer[to - 1] !== this.#quote || to - from < 2) throw this.#afterQuote(buffer, from, to);
      [from, to] = [from + 1, to - 1];
      const inside = buffer.subarray(from, to);
      if (inside.includes(this.#quote)) {
        this.#text(sink, style, this.#unquoted(this.#decode(inside, from), buffer, from, to));
        return end;
      }
      [from, to] = trimmed(buffer, from, to);
      if (from === to) return end;
    }
    if (mayBeNumber(buffer, from, to)) this.#text(sink, style, this.#decode(buffer.subarray(from, to), from));
    else this.#word(sink, buffer, from, to);
    return end;
  }

  #word(sink: RawColumn, buffer: Uint8Array, from: number, to: number): void {
    try {
      sink.setBytes(this.rowCount, buffer, from, to);
    } catch (cause) {
      throw this.#notUtf8(from, cause);
    }
  }

  #text(sink: RawColumn, style: NumberStyle, text: string): void {
    const cell = text.trim().replace(excelText, '$1');
    if (cell === '') return;
    const value = styledNumber(cell, style);
    if (value === undefined) sink.setWord(this.rowCount, cell);
    else sink.setNumber(this.rowCount, value);
  }

  #unquoted(text: string, buffer: Uint8Array, from: number, to: number): string {
    const quote = String.fromCharCode(this.#quote);
    const plain = this.#backslash ? text.replaceAll(`\\${quote}`, quote) : text;
    const single = plain.replaceAll(quote + quote, '');
    if (!this.#backslash && single.includes(quote)) throw this.#afterQuote(buffer, from, to);
    return plain.replaceAll(quote + quote, quote);
  }

  #decode(bytes: Uint8Array, at: number): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw this.#notUtf8(at, cause);
    }
  }

  #notUtf8(at: number, cause: unknown): DatasetError {
    const message =
      "readTable: the text must be UTF-8. Pass encoding: 'windows-1252' (or 'latin1') if it is older.";
    return new DatasetError(
      'encoding',
      message,
      { file: this.#file, record: this.#record + 1, byte: this.#byte + at },
      { cause },
    );
  }

  #afterQuote(buffer: Uint8Array, from: number, to: number): DatasetError {
    const shown = JSON.stringify(new TextDecoder().decode(buffer.subarray(from, Math.min(to, from + 40))));
    return this.#error('malformed', `a closing quote must end its cell, got ${shown}`, from);
  }

  #wrongLength(buffer: Uint8Array, start: number, length: number, last: boolean): number {
    let count = 1;
    let at = this.#fieldEnd(buffer, start, length, last);
    while (at >= 0 && at < length && buffer[at] === this.#delimiter) {
      count++;
      at = this.#fieldEnd(buffer, at + 1, length, last);
    }
    if (at < 0) return -1;
    throw this.#error('malformed', `every row must have ${this.#cells.length} cells, got ${count}`, start);
  }

  #tooLong(): DatasetError {
    const message = `a row may have at most ${this.#recordBytes} bytes, got more. Is a quote not closed? Raise limits.recordBytes if it should`;
    return this.#error('limit', message, 0);
  }

  #error(code: 'malformed' | 'truncated' | 'limit', what: string, at: number): DatasetError {
    const place = { file: this.#file, record: this.#record + 1, byte: this.#byte + at };
    return new DatasetError(code, `readTable: ${what}.`, place);
  }
}

function withRoom(buffer: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const more = new Uint8Array(Math.max(length, buffer.length * 2));
  more.set(buffer);
  return more;
}
