/** Writes the opcodes of protocol 2 that a state dict needs. */
export class PickleWriter {
  private bytes = new Uint8Array(1024);
  private length = 0;
  private readonly memo = new Map<string, number>();
  private readonly utf8 = new TextEncoder();

  /** Opcodes as they are. */
  raw(...opcodes: number[]): this {
    this.reserve(opcodes.length);
    this.bytes.set(opcodes, this.length);
    this.length += opcodes.length;
    return this;
  }

  /** A name of the table, written once and recalled afterwards. */
  global(module: string, name: string): this {
    return this.once(`global ${module} ${name}`, () => this.raw(0x63).ascii(`${module}\n${name}\n`));
  }

  text(value: string): this {
    const encoded = this.utf8.encode(value);
    return this.raw(0x58).word(encoded.byteLength).append(encoded);
  }

  /** A text that comes many times, written once and recalled afterwards. */
  commonText(value: string): this {
    return this.once(`text ${value}`, () => this.text(value));
  }

  /** A whole number within ±2⁵³. */
  count(value: number): this {
    if (value < 0 && value >= -(2 ** 31)) return this.raw(0x4a).word(value);
    if (value >= 0 && value < 256) return this.raw(0x4b, value);
    if (value >= 0 && value < 65_536) return this.raw(0x4d, value & 255, value >> 8);
    if (value >= 0 && value < 2 ** 31) return this.raw(0x4a).word(value);
    const long = new Uint8Array(8);
    new DataView(long.buffer).setBigInt64(0, BigInt(value), true);
    return this.raw(0x8a, 8).append(long);
  }

  float(value: number): this {
    const double = new Uint8Array(8);
    new DataView(double.buffer).setFloat64(0, value, false);
    return this.raw(0x47).append(double);
  }

  /** A tuple of whole numbers: a shape, strides. */
  counts(values: readonly number[]): this {
    if (values.length === 0) return this.raw(0x29);
    this.raw(0x28);
    for (const value of values) this.count(value);
    return this.raw(0x74);
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }

  private once(key: string, write: () => void): this {
    const known = this.memo.get(key);
    if (known !== undefined) return known < 256 ? this.raw(0x68, known) : this.raw(0x6a).word(known);
    const index = this.memo.size;
    this.memo.set(key, index);
    write();
    return index < 256 ? this.raw(0x71, index) : this.raw(0x72).word(index);
  }

  private ascii(value: string): this {
    return this.append(this.utf8.encode(value));
  }

  private word(value: number): this {
    return this.raw(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }

  private append(bytes: Uint8Array): this {
    this.reserve(bytes.byteLength);
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
    return this;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(this.bytes.byteLength * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
