import { WordList } from './word-list.js';

const chunkRows = 65_536;
const firstRows = 256;

interface Chunk {
  /** NaN where there is no number. */
  numbers: Float64Array | undefined;
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
    const values = this.#chunks[row >>> 16]?.numbers;
    return values?.[row & (chunkRows - 1)] ?? Number.NaN;
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
    while (this.#chunks.length <= index) this.#chunks.push({ numbers: undefined, words: undefined });
    return this.#chunks[index] as Chunk;
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
