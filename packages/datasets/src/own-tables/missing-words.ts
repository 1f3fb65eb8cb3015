import { meantNumber, usualMissingValues } from '../tables/cells.js';

/** What cannot be a number and is hardly a slip: no value, where a column holds numbers or dates. */
const missingAmongNumbers = new Set(
  '- -- --- – — . .. ... * x n/a n.a. n.a n/d n.d. nd na nil none missing unknown unbekannt tbd #div/0! #value! #ref! #null! #num! #name?'.split(
    ' ',
  ),
);

/** Which cells hold no value. */
export class MissingWords {
  readonly #words: ReadonlySet<string>;
  readonly #numbers: ReadonlySet<number>;

  /**
   * @param values - in place of the usual words
   * @param more - beside them
   */
  constructor(values: readonly string[] = usualMissingValues, more: readonly string[] = []) {
    const all = [...values, ...more].map((word) => word.trim());
    this.#words = new Set(all);
    this.#numbers = new Set(all.map(meantNumber).filter((value) => value !== undefined));
  }

  isWord(word: string): boolean {
    return this.#words.has(word);
  }

  /** Whether a word means "no value" in a column of numbers or dates. */
  isAmongNumbers(word: string): boolean {
    return this.#words.has(word) || missingAmongNumbers.has(word.toLowerCase());
  }

  /** Whether a number was stated to mean "no value": `-999`. */
  isNumber(value: number): boolean {
    return this.#numbers.size > 0 && this.#numbers.has(value);
  }

  get hasNumbers(): boolean {
    return this.#numbers.size > 0;
  }
}
