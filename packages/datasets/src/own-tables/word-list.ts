/** Past so many different words nothing is gained by finding repeats: each further word is added as it comes. */
const mostDistinct = 65_536;

/**
 * The different words of a column, numbered from 1 as they come. Bytes of words that are known already are found
 * without making a string of them.
 */
export class WordList {
  /** Word `n` stands at `n − 1`. */
  readonly words: string[] = [];
  #hashes = new Int32Array(8);
  /** Open addressing: numbers of words, 0 where free. */
  #slots = new Int32Array(16);
  #decoder: TextDecoder | undefined;

  /** Whether equal words may have several numbers. */
  get hasRepeats(): boolean {
    return this.words.length > mostDistinct;
  }

  /** @throws TypeError for bytes that are not UTF-8 */
  numberOfBytes(bytes: Uint8Array, start: number, end: number): number {
    let hash = end - start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 128) return this.numberOf(this.#decode(bytes.subarray(start, end)).trim());
      hash = mixed(hash, byte);
    }
    if (this.hasRepeats) return this.words.push(this.#decode(bytes.subarray(start, end)));
    for (let slot = this.#slotOf(hash); ; slot = this.#after(slot)) {
      const number = this.#slots[slot] as number;
      if (number === 0) return this.#add(this.#decode(bytes.subarray(start, end)), hash, slot);
      if (this.#hashes[number - 1] !== hash) continue;
      if (isWord(this.words[number - 1] as string, bytes, start, end)) return number;
    }
  }

  numberOf(word: string): number {
    if (this.hasRepeats) return this.words.push(word);
    let hash = word.length;
    for (let at = 0; at < word.length; at++) hash = mixed(hash, word.charCodeAt(at));
    for (let slot = this.#slotOf(hash); ; slot = this.#after(slot)) {
      const number = this.#slots[slot] as number;
      if (number === 0) return this.#add(word, hash, slot);
      if (this.#hashes[number - 1] === hash && this.words[number - 1] === word) return number;
    }
  }

  #slotOf(hash: number): number {
    return hash & (this.#slots.length - 1);
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }

  #add(word: string, hash: number, slot: number): number {
    const number = this.words.push(word);
    if (number > this.#hashes.length) {
      const more = new Int32Array(this.#hashes.length * 2);
      more.set(this.#hashes);
      this.#hashes = more;
    }
    this.#hashes[number - 1] = hash;
    this.#slots[slot] = number;
    if (number * 2 > this.#slots.length) this.#grow();
    return number;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let index = 0; index < this.words.length; index++) {
      let slot = this.#slotOf(this.#hashes[index] as number);
      while (this.#slots[slot] !== 0) slot = this.#after(slot);
      this.#slots[slot] = index + 1;
    }
  }

  #decode(bytes: Uint8Array): string {
    this.#decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return this.#decoder.decode(bytes);
  }
}

function mixed(hash: number, code: number): number {
  const next = Math.imul(hash ^ code, 0x01000193);
  return next ^ (next >>> 15);
}

function isWord(word: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (word.length !== end - start) return false;
  for (let at = 0; at < word.length; at++) if (word.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
