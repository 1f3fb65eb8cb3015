import type { Refuse } from './errors.js';
import type { Limits } from './limits.js';

/** No Map or Set of V8 holds more. */
const mostObjects = 2 ** 24 - 1;

/**
 * What a file may still make us build. Spent before the work is done, so that memory and time stay linear in the
 * size of the file: besides a fixed allowance, each part grows with it.
 */
export class Budget {
  readonly #refuse: Refuse;
  readonly #limits: Limits;
  #objects: number;
  #characters: number;
  #bytes: number;

  /** @param fileBytes - the size of the file, or of all files of a checkpoint in pieces */
  constructor(limits: Limits, fileBytes: number, refuse: Refuse) {
    this.#refuse = refuse;
    this.#limits = limits;
    this.#objects = Math.min(mostObjects, limits.objectCount + fileBytes / 8);
    this.#characters = limits.textLength + fileBytes;
    this.#bytes = limits.totalBytes + fileBytes * 32;
  }

  /** Values, containers, references between them. @throws CheckpointError `limit` */
  objects(count: number): void {
    this.#objects -= count;
    if (this.#objects < 0) throw this.#over('objects', 'objectCount', this.#limits.objectCount);
  }

  /** Characters of names and text, bytes of byte strings. @throws CheckpointError `limit` */
  text(length: number): void {
    this.#characters -= length;
    if (this.#characters < 0) throw this.#over('characters of text', 'textLength', this.#limits.textLength);
  }

  /** Bytes of tensors, and of what must be inflated to read them. @throws CheckpointError `limit` */
  bytes(count: number): void {
    this.#bytes -= count;
    if (!(this.#bytes >= 0))
      throw this.#over('bytes, inflated and written out,', 'totalBytes', this.#limits.totalBytes);
  }

  #over(what: string, limit: keyof Limits, allowance: number): Error {
    return this.#refuse(
      'limit',
      `would grow to more ${what} than a file of its size should, with an allowance of ${allowance.toLocaleString('en')}`,
      { hint: `Raise limits.${limit} if you trust it.` },
    );
  }
}
