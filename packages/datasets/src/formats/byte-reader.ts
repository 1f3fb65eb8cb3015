/** Bytes taken off an async stream in any number, whatever pieces they come in. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array(0);
  #start = 0;
  #consumed = 0;
  #ended = false;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#consumed;
  }

  /** Bytes that can be taken without waiting. */
  get available(): number {
    return this.#buffer.length - this.#start;
  }

  /** Waits until `count` bytes are there; gives fewer only at the end of the stream. */
  async ensure(count: number): Promise<number> {
    if (this.available >= count || this.#ended) return Math.min(this.available, count);
    const parts = [this.#buffer.subarray(this.#start)];
    let total = this.available;
    while (total < count && !this.#ended) {
      const { done, value } = await this.#chunks.next();
      if (done === true) this.#ended = true;
      else {
        parts.push(value);
        total += value.length;
      }
    }
    this.#buffer = joinBytes(parts, total);
    this.#start = 0;
    return Math.min(total, count);
  }

  /** The next bytes without taking them; as many as `ensure` said are there. */
  peek(count: number): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#start + count);
  }

  /** Takes bytes that are there: a view, valid until written to by no one. */
  take(count: number): Uint8Array {
    const bytes = this.peek(count);
    this.#start += bytes.length;
    this.#consumed += bytes.length;
    return bytes;
  }

  /** The next piece of at most `most` bytes; undefined at the end. */
  async next(most = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    if (this.available === 0) await this.ensure(1);
    return this.available === 0 ? undefined : this.take(Math.min(most, this.available));
  }

  /** Puts the last bytes taken back. */
  unread(bytes: Uint8Array): void {
    const left = this.#buffer.subarray(this.#start);
    this.#buffer = joinBytes([bytes, left], bytes.length + left.length);
    this.#start = 0;
    this.#consumed -= bytes.length;
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }
}

/** @internal A copy of the parts, one after another. */
export function joinBytes(parts: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** All bytes of a stream in one piece. */
export async function collectBytes(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of bytes) {
    parts.push(part);
    total += part.length;
  }
  return joinBytes(parts, total);
}
