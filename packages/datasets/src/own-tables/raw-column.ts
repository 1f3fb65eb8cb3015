import type { Decimals } from './decimals.js';
import { asDecimals, decimalAt } from './decimals.js';
import { WordList } from './word-list.js';

const chunkRows = 65_536;
const firstRows = 256;

interface Chunk {
  /** NaN where there is no number. */
  numbers: Float64Array | undefined;
  /** In place of `numbers` once the chunk is full, where that loses nothing. */
  decimals: Decimals | undefined;
  /** 0 where there is no word. */
  words: Int32Array | undefined;
}

/**
 * One column of a table as its file has it: a number, a word or nothing in each row. What the words mean is found out
 * when the whole column is known.
 */
export class RawColumn {
  readonly name: string;
  readonly #chunks: Chunk[] = [];
  readonly #list = new WordList();

  constructor(name: string) {
    this.name = name;
  }

  /** The different words; a cell's word is at its number − 1. */
  get words(): readonly string[] {
    return this.#list.words;
  }

  /** Whether equal words may stand in `words` more than once. */
  get wordsRepeat(): boolean {
    return this.#list.hasRepeats;
  }

  /** Rows are set in order, the last one as often as it takes. */
  setNumber(row: number, value: number): void {
    const chunk = this.#chunkOf(row);
    const at = row & (chunkRows - 1);
    if (chunk.numbers === undefined || at >= chunk.numbers.length)
      chunk.numbers = grown(chunk.numbers, at, row < chunkRows, (length) =>
        new Float64Array(length).fill(Number.NaN),
      );
    chunk.numbers[at] = value;
  }

  setWord(row: number, word: string): void {
    this.#setWordNumber(row, this.#list.numberOf(word));
  }

  /** @throws TypeError for bytes that are not UTF-8 */
  setBytes(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.#setWordNumber(row, this.#list.numberOfBytes(bytes, start, end));
  }

  /** NaN where the cell is not a number. */
  number(row: number): number {
    const chunk = this.#chunks[row >>> 16];
    if (chunk === undefined) return Number.NaN;
    const at = row & (chunkRows - 1);
    if (chunk.decimals !== undefined) return decimalAt(chunk.decimals, at);
    return chunk.numbers?.[at] ?? Number.NaN;
  }

  /** 0 where the cell is not a word. */
  word(row: number): number {
    return this.#chunks[row >>> 16]?.words?.[row & (chunkRows - 1)] ?? 0;
  }

  #setWordNumber(row: number, number: number): void {
    const chunk = this.#chunkOf(row);
    const at = row & (chunkRows - 1);
    if (chunk.words === undefined || at >= chunk.words.length)
      chunk.words = grown(chunk.words, at, row < chunkRows, (length) => new Int32Array(length));
    chunk.words[at] = number;
  }

  #chunkOf(row: number): Chunk {
    const index = row >>> 16;
    if (this.#chunks.length <= index) this.#addChunks(index);
    return this.#chunks[index] as Chunk;
  }

  /** Rows come in order: what stands before a new chunk is full. */
  #addChunks(index: number): void {
    const full = this.#chunks.at(-1);
    if (full?.numbers !== undefined) {
      full.decimals = asDecimals(full.numbers);
      if (full.decimals !== undefined) full.numbers = undefined;
    }
    while (this.#chunks.length <= index)
      this.#chunks.push({ numbers: undefined, decimals: undefined, words: undefined });
  }
}

/** Room for place `at`: the first chunk of a column grows, so that a small table takes little. */
function grown<Values extends Float64Array | Int32Array>(
  old: Values | undefined,
  at: number,
  isFirst: boolean,
  allocate: (length: number) => Values,
): Values {
  let length = isFirst ? Math.max(firstRows, old?.length ?? 0) : chunkRows;
  while (length <= at) length *= 2;
  const values = allocate(length);
  if (old !== undefined) values.set(old as never);
  return values;
}
