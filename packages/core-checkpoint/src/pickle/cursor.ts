/** More bytes than there are were asked for: read more, or call it truncated. */
export class PickleCut extends Error {}

/** Takes numbers and texts off the front of a pickle, never past its end. */
export class PickleCursor {
  /** where the next byte is */
  at: number;
  readonly view: DataView;
  private readonly bytes: Uint8Array;
  private readonly longest: number;
  private readonly bad: (what: string) => Error;
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /**
   * @param longest - no text or integer may claim more bytes
   * @param bad - makes the error for what no pickle may hold
   */
  constructor(bytes: Uint8Array, start: number, longest: number, bad: (what: string) => Error) {
    this.bytes = bytes;
    this.at = start;
    this.longest = longest;
    this.bad = bad;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Claims the next bytes. @returns where they begin */
  take(length: number): number {
    const from = this.at;
    if (!(from + length <= this.bytes.byteLength)) throw new PickleCut(`cut at byte ${from}`);
    this.at = from + length;
    return from;
  }

  byte(): number {
    return this.view.getUint8(this.take(1));
  }

  length(width: 4 | 8): number {
    const at = this.take(width);
    const length = width === 4 ? this.view.getUint32(at, true) : Number(this.view.getBigUint64(at, true));
    if (length > this.longest) throw this.bad(`speaks of ${length} bytes`);
    return length;
  }

  blob(length: number): Uint8Array {
    const at = this.take(length);
    return this.bytes.slice(at, at + length);
  }

  text(length: number): string {
    const at = this.take(length);
    return this.decode(at, at + length);
  }

  /** A string of Python 2, which is text as often as bytes: whatever is not UTF-8 comes as bytes. */
  textOrBytes(length: number): string | Uint8Array {
    const at = this.take(length);
    const bytes = this.bytes.subarray(at, at + length);
    try {
      return this.utf8.decode(bytes);
    } catch {
      return bytes.slice();
    }
  }

  line(): string {
    const from = this.at;
    const end = this.bytes.indexOf(10, from);
    if (end < 0) throw new PickleCut(`cut at byte ${from}`);
    this.at = end + 1;
    return this.decode(from, end);
  }

  private decode(from: number, to: number): string {
    try {
      return this.utf8.decode(this.bytes.subarray(from, to));
    } catch {
      throw this.bad('holds text that is not UTF-8');
    }
  }

  /** Two's complement, little-endian, of any length. */
  long(length: number): number | bigint {
    if (length > 1024) throw this.bad(`holds an integer of ${length} bytes`);
    const from = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.view.getUint8(from + i));
    const signed = BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }
}
