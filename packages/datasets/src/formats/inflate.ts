import type { Decoder } from './huffman.js';
import { fixedDecoders, readDecoders } from './huffman.js';

const WINDOW = 32_768;
const OUTPUT = 65_536;
/** The longest code pair and its extra bits take 48 bits; past the end of the input, zeros are read. */
const MARGIN_BITS = 48;

const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const distanceBits = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];

type Block = 'none' | 'stored' | 'coded' | 'finished';

/**
 * Unpacks one deflate stream piece by piece, and knows to the byte where it ends: that is what
 * multi-member gzip needs and neither DecompressionStream nor the libraries tell.
 *
 * Eight or more bytes must follow the stream (gzip's trailer does; else push zeros).
 *
 * @see RFC 1951
 */
export class Inflater {
  #input = new Uint8Array(0);
  #bit = 0;
  #output = new Uint8Array(WINDOW + OUTPUT + 258);
  #filled = 0;
  #given = 0;
  #block: Block = 'none';
  #last = false;
  #stored = 0;
  #literals: Decoder = { table: new Uint16Array(0), mask: 0 };
  #distances: Decoder = this.#literals;

  /** Whether the stream's end was reached. */
  get finished(): boolean {
    return this.#block === 'finished';
  }

  /** What was pushed but lies after the stream's end. */
  rest(): Uint8Array {
    return this.#input.subarray((this.#bit + 7) >> 3);
  }

  /**
   * Takes packed bytes and gives what they unpack to.
   *
   * @throws Error with a short reason where the bytes are no deflate stream
   */
  *push(chunk: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
    const old = this.#input.subarray(this.#bit >> 3);
    const joined = new Uint8Array(old.length + chunk.length);
    joined.set(old);
    joined.set(chunk, old.length);
    this.#input = joined;
    this.#bit &= 7;
    while (this.#step()) {
      if (this.#filled - this.#given >= OUTPUT - 258) yield this.#flush();
    }
    if (this.#filled > this.#given) yield this.#flush();
  }

  #flush(): Uint8Array<ArrayBuffer> {
    const bytes = this.#output.slice(this.#given, this.#filled);
    const kept = Math.min(WINDOW, this.#filled);
    this.#output.copyWithin(0, this.#filled - kept, this.#filled);
    this.#filled = this.#given = kept;
    return bytes;
  }

  /** Goes on as far as input and room allow; false when more input is needed or the stream is over. */
  #step(): boolean {
    if (this.#block === 'finished') return false;
    if (this.#block === 'none') return this.#startBlock();
    return this.#block === 'stored' ? this.#copyStored() : this.#decode();
  }

  #endBlock(): void {
    this.#block = this.#last ? 'finished' : 'none';
    if (this.#last) this.#bit = (this.#bit + 7) & ~7;
  }

  #startBlock(): boolean {
    const [input, start] = [this.#input, this.#bit];
    if (input.length * 8 - start < 3) return false;
    const header = readBits(input, start, 3);
    const kind = header >> 1;
    if (kind === 3) throw new Error('a block is of no known kind');
    if (kind === 0) {
      const at = (start + 3 + 7) >> 3;
      if (input.length < at + 4) return false;
      const size = (input[at] as number) | ((input[at + 1] as number) << 8);
      const check = (input[at + 2] as number) | ((input[at + 3] as number) << 8);
      if (size !== (~check & 0xffff)) throw new Error('a stored block contradicts its own length');
      this.#stored = size;
      this.#bit = (at + 4) * 8;
      this.#block = 'stored';
    } else {
      const read = kind === 1 ? { ...fixedDecoders(), bit: start + 3 } : readDecoders(input, start + 3);
      if (read === undefined) return false;
      this.#literals = read.literals;
      this.#distances = read.distances;
      this.#bit = read.bit;
      this.#block = 'coded';
    }
    this.#last = (header & 1) === 1;
    return true;
  }

  #copyStored(): boolean {
    const at = this.#bit >> 3;
    const room = WINDOW + OUTPUT - this.#filled;
    const count = Math.min(this.#stored, this.#input.length - at, room);
    this.#output.set(this.#input.subarray(at, at + count), this.#filled);
    this.#filled += count;
    this.#bit += count * 8;
    this.#stored -= count;
    if (this.#stored === 0) this.#endBlock();
    return count > 0 || this.#stored === 0;
  }

  #decode(): boolean {
    const [input, output, literals, distances] = [this.#input, this.#output, this.#literals, this.#distances];
    const end = input.length * 8 - MARGIN_BITS;
    const room = WINDOW + OUTPUT;
    let bit = this.#bit;
    let filled = this.#filled;
    let over = false;
    while (bit <= end && filled < room) {
      const code = literals.table[peekBits(input, bit) & literals.mask] as number;
      if (code === 0) throw new Error('a code is not in its table');
      bit += code & 15;
      const symbol = code >> 4;
      if (symbol < 256) {
        output[filled++] = symbol;
        continue;
      }
      if (symbol === 256) {
        over = true;
        break;
      }
      if (symbol > 285) throw new Error('a length code is out of range');
      const moreLength = lengthBits[symbol - 257] as number;
      const length = (lengthBase[symbol - 257] as number) + (peekBits(input, bit) & ((1 << moreLength) - 1));
      bit += moreLength;
      const distanceCode = distances.table[peekBits(input, bit) & distances.mask] as number;
      if (distanceCode === 0) throw new Error('a distance code is not in its table');
      bit += distanceCode & 15;
      const distanceSymbol = distanceCode >> 4;
      if (distanceSymbol > 29) throw new Error('a distance code is out of range');
      const moreDistance = distanceBits[distanceSymbol] as number;
      const distance =
        (distanceBase[distanceSymbol] as number) + (peekBits(input, bit) & ((1 << moreDistance) - 1));
      bit += moreDistance;
      if (distance > filled) throw new Error('a distance reaches before the start');
      for (const stop = filled + length; filled < stop; filled++) {
        output[filled] = output[filled - distance] as number;
      }
    }
    const moved = bit !== this.#bit;
    this.#bit = bit;
    this.#filled = filled;
    if (over) this.#endBlock();
    return moved;
  }
}

/** At least 17 bits from a bit position on; zeros past the end. */
function peekBits(input: Uint8Array, bit: number): number {
  const at = bit >> 3;
  return (
    ((input[at] as number) | ((input[at + 1] as number) << 8) | ((input[at + 2] as number) << 16)) >>>
    (bit & 7)
  );
}

function readBits(input: Uint8Array, bit: number, count: number): number {
  const at = bit >> 3;
  const three = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8) | ((input[at + 2] ?? 0) << 16);
  return (three >>> (bit & 7)) & ((1 << count) - 1);
}
