import { DatasetError } from '../errors.js';
import type { Limits } from '../limits.js';
import { withLimits } from '../limits.js';
import { parseJson } from './json-value.js';

/**
 * The elements of one JSON array, a block as its text comes; nothing but one element is held as text.
 *
 * @throws DatasetError `malformed`, `truncated`, `encoding` or `limit`
 */
export async function* readJsonArray(
  bytes: AsyncIterable<Uint8Array>,
  { file, limits }: { readonly file?: string; readonly limits?: Partial<Limits> } = {},
): AsyncGenerator<unknown[], void, undefined> {
  const splitter = new ElementSplitter(file, withLimits(limits).recordBytes);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const piece of bytes) {
    const values = splitter.add(decodePiece(decoder, piece, file));
    if (values.length > 0) yield values;
  }
  splitter.finish();
}

function decodePiece(decoder: TextDecoder, piece: Uint8Array, file: string | undefined): string {
  try {
    return decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new DatasetError('encoding', 'readJsonArray: JSON must be UTF-8.', { file }, { cause });
  }
}

/** Follows strings and brackets, and cuts where an element of the outer array ends. */
class ElementSplitter {
  readonly #file: string | undefined;
  readonly #most: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #element = '';
  #record = 0;
  #ended = false;

  constructor(file: string | undefined, most: number) {
    this.#file = file;
    this.#most = most;
  }

  add(text: string): unknown[] {
    const values: unknown[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === 92) this.#escaped = true;
        else if (code === 34) this.#inString = false;
        continue;
      }
      if (code === 34) this.#inString = true;
      else if (code === 91 || code === 123) {
        if (this.#depth++ === 0) from = at + 1;
      } else if (code === 93 || code === 125) this.#depth--;
      const ends = (code === 44 && this.#depth === 1) || (code === 93 && this.#depth === 0);
      if (!ends) continue;
      this.#element += text.slice(from, at);
      from = at + 1;
      if (this.#depth === 0) this.#ended = true;
      if (this.#element.trim() !== '' || this.#depth === 1) values.push(this.#value());
    }
    this.#element += this.#depth > 0 ? text.slice(from) : '';
    if (this.#element.length > this.#most) {
      const message = `readJsonArray: an element may have at most ${this.#most} letters, got more. Raise limits.recordBytes if it should.`;
      throw new DatasetError('limit', message, { file: this.#file, record: this.#record + 1 });
    }
    return values;
  }

  finish(): void {
    if (this.#ended) return;
    const message = 'readJsonArray: the array must be closed before the file ends.';
    throw new DatasetError('truncated', message, { file: this.#file, record: this.#record + 1 });
  }

  #value(): unknown {
    const text = this.#element;
    this.#element = '';
    this.#record++;
    try {
      return parseJson(text);
    } catch (cause) {
      const message = `readJsonArray: every element must be a JSON value, got ${JSON.stringify(text.trim().slice(0, 40))}.`;
      throw new DatasetError('malformed', message, { file: this.#file, record: this.#record }, { cause });
    }
  }
}
