import { digestOf, RowIds } from '../row-hash.js';

const seed = digestOf('image');

/** Ids of rows that are bytes, gathered as they come. */
export class ByteIds {
  readonly #first: number[] = [];
  readonly #second: number[] = [];

  add(bytes: Uint8Array): void {
    let [first, second] = [0x811c9dc5 ^ bytes.length, 0x9e3779b9];
    for (const byte of bytes) {
      first = Math.imul(first ^ byte, 0x01000193);
      second = Math.imul(second + byte, 0x85ebca6b) ^ (second >>> 15);
    }
    this.#first.push(first);
    this.#second.push(second);
  }

  finish(): Float64Array {
    const ids = new RowIds(this.#first.length);
    this.#first.forEach((first, row) => {
      ids.add(row, seed, first, this.#second[row] as number);
    });
    return ids.finish();
  }
}
