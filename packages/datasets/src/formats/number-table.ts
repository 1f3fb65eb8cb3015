import type { DataPlace } from '../errors.js';
import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { meantNumber } from '../tables/cells.js';

export interface NumberTableOptions {
  /** Numbers in every row, after the text columns. */
  readonly columnCount: number;
  /** Default `,`. */
  readonly delimiter?: string;
  /** Leading fields kept as text, e.g. a gene's id. Default 0. */
  readonly textColumns?: number;
  readonly dtype?: 'float32' | 'float64';
  /** Lines before the first row (their quotes are not looked at). Default 0. */
  readonly skipLines?: number;
  /** What an empty field, `NA` or `NaN` means. Default `error`. */
  readonly missing?: 'error' | 'nan';
  /** @internal Refuses `0012` and integers past 2^53: names that numbers would spoil. */
  readonly asMeant?: boolean;
  readonly file?: string;
  readonly limits?: Partial<Limits>;
}

/** Rows of numbers that were read together. */
export interface NumberRows {
  readonly rowCount: number;
  /** [rowCount, columnCount] */
  readonly values: Float32Array | Float64Array;
  /** [rowCount, textColumns] */
  readonly texts: string[];
}

const [newline, carriageReturn, minus, point, zero] = [10, 13, 45, 46, 48];
const BLOCK_VALUES = 65_536;
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => 10 ** k);
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads delimited numbers straight from bytes, each rounded once from its exact decimal value.
 *
 * Lines end with LF or CRLF; blank lines are passed over; a quoted number is a number.
 *
 * @throws DatasetError `malformed` at a field that is no number or a row of another length; `limit`
 */
export async function* readNumberTable(
  bytes: AsyncIterable<Uint8Array>,
  options: NumberTableOptions,
): AsyncGenerator<NumberRows, void, undefined> {
  const parser = new NumberParser(options);
  const { recordBytes } = withLimits(options.limits);
  let rest = new Uint8Array(0);
  for await (const chunk of bytes) {
    const cut = chunk.lastIndexOf(newline) + 1;
    if (cut === 0) {
      rest = join(rest, chunk);
      if (rest.length > recordBytes) throw parser.tooLong(recordBytes);
      continue;
    }
    yield* parser.parse(join(rest, chunk.subarray(0, cut)));
    rest = chunk.slice(cut);
  }
  if (rest.length > 0) yield* parser.parse(join(rest, Uint8Array.of(newline)));
  const last = parser.flush();
  if (last !== undefined) yield last;
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

class NumberParser {
  readonly #columnCount: number;
  readonly #textColumns: number;
  readonly #delimiter: number;
  readonly #missing: 'error' | 'nan';
  readonly #asMeant: boolean;
  readonly #file: string | undefined;
  readonly #blockRows: number;
  readonly #allocate: () => Float32Array | Float64Array;
  #values: Float32Array | Float64Array;
  #texts: string[] = [];
  #rows = 0;
  #linesToSkip: number;
  #record = 0;
  #byte = 0; // in the file, of the buffer's first byte
  readonly #decoder = new TextDecoder();

  constructor(options: NumberTableOptions) {
    this.#columnCount = options.columnCount;
    this.#textColumns = options.textColumns ?? 0;
    this.#delimiter = (options.delimiter ?? ',').charCodeAt(0);
    this.#missing = options.missing ?? 'error';
    this.#asMeant = options.asMeant ?? false;
    this.#file = options.file;
    this.#linesToSkip = options.skipLines ?? 0;
    this.#blockRows = Math.max(1, Math.floor(BLOCK_VALUES / Math.max(1, options.columnCount)));
    const length = this.#blockRows * options.columnCount;
    this.#allocate = () =>
      options.dtype === 'float64' ? new Float64Array(length) : new Float32Array(length);
    this.#values = this.#allocate();
  }

  /** @param buffer - whole lines */
  *parse(buffer: Uint8Array): Generator<NumberRows> {
    let position = this.#byte === 0 && isByteOrderMark(buffer) ? 3 : 0;
    while (position < buffer.length) {
      if (this.#linesToSkip > 0) {
        position = buffer.indexOf(newline, position) + 1;
        this.#linesToSkip--;
        continue;
      }
      position = this.#parseRows(buffer, position);
      if (this.#rows === this.#blockRows) yield this.flush() as NumberRows; // rows are there
    }
    this.#byte += buffer.length;
  }

  flush(): NumberRows | undefined {
    if (this.#rows === 0) return undefined;
    const values = this.#values.subarray(0, this.#rows * this.#columnCount);
    const block = { rowCount: this.#rows, values, texts: this.#texts };
    this.#values = this.#allocate();
    this.#texts = [];
    this.#rows = 0;
    return block;
  }

  /**
   * Fills the block as far as rows or room go; gives the position after the last row.
   * One long loop on purpose: a call per field costs a third of the speed.
   */
  #parseRows(buffer: Uint8Array, start: number): number {
    const [values, columnCount, delimiter] = [this.#values, this.#columnCount, this.#delimiter];
    const asMeant = this.#asMeant;
    let position = start;
    while (position < buffer.length && this.#rows < this.#blockRows) {
      if (
        buffer[position] === newline ||
        (buffer[position] === carriageReturn && buffer[position + 1] === newline)
      ) {
        position += buffer[position] === newline ? 1 : 2;
        continue;
      }
      this.#record++;
      for (let text = 0; text < this.#textColumns; text++) position = this.#readText(buffer, position);
      const base = this.#rows * columnCount;
      for (let column = 0; column < columnCount; column++) {
        const fieldStart = position;
        let byte = buffer[position] as number;
        const negative = byte === minus;
        if (negative) byte = buffer[++position] as number;
        const digitsStart = position;
        let mantissa = 0;
        while (byte >= zero && byte < zero + 10) {
          mantissa = mantissa * 10 + (byte - zero);
          byte = buffer[++position] as number;
        }
        let decimals = 0;
        if (byte === point && position > digitsStart) {
          const pointAt = position;
          byte = buffer[++position] as number;
          while (byte >= zero && byte < zero + 10) {
            mantissa = mantissa * 10 + (byte - zero);
            byte = buffer[++position] as number;
          }
          decimals = position - pointAt - 1;
        }
        const digits = position - digitsStart;
        // up to 15 digits (and a point) the mantissa and the power of ten are exact, so is their quotient
        const spoilt = asMeant && digits - decimals > 1 && isPadded(buffer, digitsStart);
        if (digits > 0 && digits <= 15 && (byte === delimiter || byte === newline) && !spoilt) {
          const size = decimals === 0 ? mantissa : mantissa / (powersOfTen[decimals] as number);
          values[base + column] = negative ? -size : size;
        } else {
          position = this.#fieldEnd(buffer, fieldStart);
          values[base + column] = this.#parseField(buffer, fieldStart, position, column);
          byte = buffer[position] as number;
        }
        const last = column === columnCount - 1;
        if (last !== (byte === newline)) throw this.#wrongLength(buffer, fieldStart);
        position++;
      }
      this.#rows++;
    }
    return position;
  }

  #readText(buffer: Uint8Array, start: number): number {
    const end = this.#fieldEnd(buffer, start);
    if (buffer[end] === newline) throw this.#wrongLength(buffer, start);
    this.#texts.push(this.#decoder.decode(buffer.subarray(start, end)));
    return end + 1;
  }

  #fieldEnd(buffer: Uint8Array, start: number): number {
    let end = start;
    while (buffer[end] !== this.#delimiter && buffer[end] !== newline) end++;
    return end;
  }

  #parseField(buffer: Uint8Array, start: number, end: number, column: number): number {
    const raw = this.#decoder.decode(buffer.subarray(start, end)).trim();
    const text = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1).trim() : raw;
    if (number.test(text) && !(this.#asMeant && meantNumber(text) === undefined)) return Number(text);
    if (this.#missing === 'nan' && (text === '' || text === 'NA' || /^nan$/i.test(text))) return Number.NaN;
    const shown = JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
    throw new DatasetError(
      'malformed',
      `readNumberTable: column ${this.#textColumns + column + 1} must be a number, got ${shown}.`,
      this.#place(start),
    );
  }

  #wrongLength(buffer: Uint8Array, at: number): DatasetError {
    const lineStart = buffer.lastIndexOf(newline, at - 1) + 1;
    const lineEnd = buffer.indexOf(newline, at);
    const line = buffer.subarray(lineStart, lineEnd);
    const fields = line.reduce((count, byte) => count + (byte === this.#delimiter ? 1 : 0), 1);
    return new DatasetError(
      'malformed',
      `readNumberTable: every row must have ${this.#textColumns + this.#columnCount} fields, got ${fields}.`,
      this.#place(lineStart),
    );
  }

  tooLong(recordBytes: number): DatasetError {
    return new DatasetError(
      'limit',
      `readNumberTable: a row may have at most ${recordBytes} bytes, got more. Raise limits.recordBytes if it should.`,
      { file: this.#file, record: this.#record + 1, byte: this.#byte },
    );
  }

  #place(at: number): DataPlace {
    return { file: this.#file, record: this.#record, byte: this.#byte + at };
  }
}

/** Whether a number begins with a 0 that says nothing. */
function isPadded(buffer: Uint8Array, at: number): boolean {
  const next = buffer[at + 1] as number;
  return buffer[at] === zero && next >= zero && next < zero + 10;
}

function isByteOrderMark(buffer: Uint8Array): boolean {
  return buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
}
