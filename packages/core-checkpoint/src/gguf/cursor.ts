import type { Refuse } from '../errors.js';

/** The header goes on past the bytes that were read so far. */
export class NeedMoreBytes extends Error {
  override readonly name = 'NeedMoreBytes';
}

/** Reads GGUF's little-endian values one after the other. */
export class GgufCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #refuse: Refuse;
  position = 0;

  constructor(bytes: Uint8Array, refuse: Refuse) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#refuse = refuse;
  }

  /** Moves on by `size` bytes. @returns where they begin @throws NeedMoreBytes */
  skip(size: number): number {
    const at = this.position;
    if (at + size > this.#bytes.byteLength) throw new NeedMoreBytes();
    this.position = at + size;
    return at;
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** A count, a length or an offset. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.skip(8), true);
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
    throw this.#refuse('bad-header', `has a size of ${value}`);
  }

  text(longest: number): string {
    const length = this.uint64();
    if (length > longest) throw this.#refuse('limit', `has a text of ${length} bytes in its header`);
    const at = this.skip(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
        this.#bytes.subarray(at, at + length),
      );
    } catch (cause) {
      throw this.#refuse('bad-header', 'has a text that is not UTF-8', { offset: at, cause });
    }
  }

  /** A number or truth value of one of GGUF's types; undefined for a type that is neither. */
  scalar(type: number): number | boolean | string | undefined {
    const view = this.#view;
    if (type === 0) return view.getUint8(this.skip(1));
    if (type === 1) return view.getInt8(this.skip(1));
    if (type === 2) return view.getUint16(this.skip(2), true);
    if (type === 3) return view.getInt16(this.skip(2), true);
    if (type === 4) return view.getUint32(this.skip(4), true);
    if (type === 5) return view.getInt32(this.skip(4), true);
    if (type === 6) return view.getFloat32(this.skip(4), true);
    if (type === 7) return view.getUint8(this.skip(1)) !== 0;
    if (type === 10) return String(view.getBigUint64(this.skip(8), true));
    if (type === 11) return String(view.getBigInt64(this.skip(8), true));
    return type === 12 ? view.getFloat64(this.skip(8), true) : undefined;
  }
}
