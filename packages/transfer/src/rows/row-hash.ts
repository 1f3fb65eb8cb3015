import type { RawColumn } from '@warmstart/datasets';
import { type MissingWords, numberView } from '@warmstart/datasets';

const words = new Float64Array(1);
const halves = new Uint32Array(words.buffer);

/**
 * Adds a column to the ids of rows. An id is the sum of one digest a value, of the column's name and what it holds, so
 * that the order of columns does not count; a number is digested as its float64, however it was written.
 */
export function addToIds(ids: RowIds, column: RawColumn, missing: MissingWords): void {
  const seed = digestOf(column.name);
  const view = numberView(column, missing);
  const ofWord = column.words.map((word) => (missing.isWord(word) ? undefined : digestOf(word)));
  for (let row = 0; row < ids.rowCount; row++) {
    const value = view.at(row);
    if (!Number.isNaN(value)) {
      words[0] = value + 0; // −0 is 0
      ids.add(row, seed, halves[0] as number, halves[1] as number);
      continue;
    }
    const digest = ofWord[column.word(row) - 1];
    if (digest !== undefined) ids.add(row, seed, digest, digest ^ 0x5bd1e995);
  }
}

/** Sums of digests, 40 bits a row. */
export class RowIds {
  readonly rowCount: number;
  readonly #low: Uint32Array;
  readonly #high: Uint8Array;

  constructor(rowCount: number) {
    this.rowCount = rowCount;
    this.#low = new Uint32Array(rowCount);
    this.#high = new Uint8Array(rowCount);
  }

  add(row: number, seed: number, first: number, second: number): void {
    let low = Math.imul(seed ^ first, 0x85ebca6b);
    low = Math.imul(low ^ (low >>> 13) ^ second, 0xc2b2ae35);
    low ^= low >>> 16;
    const high = Math.imul(low ^ Math.imul(first, 0x9e3779b1) ^ second, 0x27d4eb2f) >>> 24;
    this.#low[row] = (this.#low[row] as number) + low;
    this.#high[row] = (this.#high[row] as number) + high;
  }

  finish(): Float64Array {
    return Float64Array.from(this.#low, (low, row) => (this.#high[row] as number) * 2 ** 32 + low);
  }
}

/** 32 bits of a text. */
export function digestOf(text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}
