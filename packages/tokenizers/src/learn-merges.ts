import { limits } from './limits.js';

/** A word in its first pieces, and how often it occurs. */
export interface WordPieces {
  readonly pieces: readonly string[];
  readonly count: number;
}

/** A pair of ids as one number: left × 2^24 + right, which sorts as Hugging Face's library breaks ties. */
type Pair = number;

interface Candidate {
  readonly pair: Pair;
  count: number;
  /** Words in which the pair has come up. */
  readonly words: ReadonlySet<number>;
}

/**
 * Joins the most frequent pair of neighbours, again and again.
 *
 * @param known - pieces to begin with, in the order of their ids
 * @param options.prefix - marks a piece inside a word, and disappears when it is joined to the piece before
 * @returns all pieces by id, and the pairs that were joined, in order
 */
export function learnMerges(
  words: readonly WordPieces[],
  known: readonly string[],
  options: {
    readonly vocabularySize: number;
    readonly minFrequency: number;
    readonly prefix: string;
    readonly signal: AbortSignal | undefined;
  },
): { tokens: string[]; merges: [string, string][] } {
  const tokens = [...known];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pairs = new PairCounts(words, ids);
  const merges: [string, string][] = [];
  while (tokens.length < options.vocabularySize) {
    options.signal?.throwIfAborted();
    const best = pairs.mostFrequent();
    if (!best || best.count < Math.max(1, options.minFrequency)) break;
    const right = best.pair % limits.ids;
    const left = (best.pair - right) / limits.ids;
    const [before, after] = [tokens[left], tokens[right]] as [string, string]; // ids are places in tokens
    const joined = before + (after.startsWith(options.prefix) ? after.slice(options.prefix.length) : after);
    const id = ids.get(joined) ?? tokens.length;
    if (id === tokens.length) tokens.push(joined);
    ids.set(joined, id);
    merges.push([before, after]);
    pairs.join(best, left, right, id);
  }
  return { tokens, merges };
}

/** How often each pair of neighbours occurs. */
class PairCounts {
  readonly #words: { ids: number[]; readonly count: number }[];
  readonly #counts = new Map<Pair, number>();
  readonly #queue = new CandidateQueue();

  constructor(words: readonly WordPieces[], ids: ReadonlyMap<string, number>) {
    this.#words = words.map(({ pieces, count }) => ({
      ids: pieces.map((piece) => ids.get(piece) as number), // all letters are known at the beginning
      count,
    }));
    const found = new Map<Pair, Set<number>>();
    for (const [index, { ids: word, count }] of this.#words.entries()) {
      for (let i = 0; i + 1 < word.length; i++) this.#change(word, i, count, index, found);
    }
    this.#enqueue(found);
  }

  mostFrequent(): Candidate | undefined {
    for (;;) {
      const top = this.#queue.pop();
      const count = top && this.#counts.get(top.pair);
      if (!top || count === undefined || top.count === count) return top;
      top.count = count;
      this.#queue.push(top);
    }
  }

  /** Joins a pair in every word it has come up in; its neighbours make new pairs. */
  join({ words }: Candidate, left: number, right: number, joined: number): void {
    const found = new Map<Pair, Set<number>>();
    for (const index of words) {
      const word = this.#words[index] as { ids: number[]; count: number }; // an index of it
      const result: number[] = [];
      for (let i = 0; i < word.ids.length; i++) {
        if (word.ids[i] !== left || word.ids[i + 1] !== right) {
          result.push(word.ids[i] as number);
          continue;
        }
        const [before, after] = [result.at(-1), word.ids[i + 2]];
        if (before !== undefined) this.#replace([before, left], [before, joined], word.count, index, found);
        if (after !== undefined) this.#replace([right, after], [joined, after], word.count, index, found);
        result.push(joined);
        i++;
      }
      word.ids = result;
    }
    this.#enqueue(found);
  }

  #replace(
    old: [number, number],
    made: [number, number],
    count: number,
    index: number,
    found: Map<Pair, Set<number>>,
  ): void {
    const pair = old[0] * limits.ids + old[1];
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) - count);
    this.#change(made, 0, count, index, found);
  }

  #change(
    ids: readonly number[],
    at: number,
    count: number,
    index: number,
    found: Map<Pair, Set<number>>,
  ): void {
    const pair = (ids[at] as number) * limits.ids + (ids[at + 1] as number); // the caller looks at the end
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + count);
    const words = found.get(pair) ?? new Set<number>();
    words.add(index);
    found.set(pair, words);
  }

  #enqueue(found: ReadonlyMap<Pair, Set<number>>): void {
    for (const [pair, words] of found) {
      const count = this.#counts.get(pair) ?? 0;
      if (count > 0) this.#queue.push({ pair, count, words });
    }
  }
}

/** A binary heap by count, then by pair. */
class CandidateQueue {
  readonly #heap: Candidate[] = [];

  push(candidate: Candidate): void {
    let at = this.#heap.push(candidate) - 1;
    for (
      let parent = (at - 1) >> 1;
      at > 0 && this.#before(at, parent);
      at = parent, parent = (at - 1) >> 1
    ) {
      this.#swap(at, parent);
    }
  }

  pop(): Candidate | undefined {
    const top = this.#heap[0];
    const last = this.#heap.pop();
    if (this.#heap.length === 0 || last === undefined) return top;
    this.#heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#before(right, left) ? right : left;
      if (!this.#before(child, at)) return top;
      this.#swap(at, child);
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (!x || !y) return x !== undefined;
    return x.count !== y.count ? x.count > y.count : x.pair < y.pair;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (!x || !y) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
