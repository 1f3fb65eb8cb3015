/** Protocol-buffer fields, appended to growing bytes. */
export class Message {
  #bytes = new Uint8Array(256);
  #length = 0;

  /** Field `number` as a varint; negative values take ten bytes, as int64 does. */
  integer(number: number, value: number | bigint): this {
    this.#varint(BigInt(number << 3));
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  /** Field `number` as a 32-bit float. */
  float(number: number, value: number): this {
    this.#varint(BigInt((number << 3) | 5));
    this.#append(new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  /** Field `number` as bytes, text or a message. */
  bytes(number: number, value: string | ArrayBufferView | Message): this {
    const content =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : value instanceof Message
          ? value.finish()
          : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    this.#varint(BigInt((number << 3) | 2));
    this.#varint(BigInt(content.length));
    this.#append(content);
    return this;
  }

  /** What was written so far. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    do {
      const low = Number(rest & 127n);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 128 : low);
    } while (rest > 0n);
    this.#append(bytes);
  }

  #append(content: ArrayLike<number>): void {
    if (this.#length + content.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + content.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(content, this.#length);
    this.#length += content.length;
  }
}
