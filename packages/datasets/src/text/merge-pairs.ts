/** A word in its present pieces, and how often it occurs. */
export interface WordPieces {
  pieces: string[];
  readonly count: number;
}

export interface Merge {
  readonly left: string;
  readonly right: string;
  readonly joined: string;
}

interface Pair {
  readonly left: string;
  readonly right: string;
  count: number;
  /** Indices of words it may be in. */
  readonly words: Set<number>;
}

/**
 * Joins the most frequent pair of neighbours, again and again.
 *
 * @param words - changed: their pieces are joined as merges are learned
 * @param options.most - new tokens; a merge whose result is known already counts none
 * @param options.prefix - that marks a piece inside a word and disappears when joined to the piece before
 */
export function learnMerges(
  words: readonly WordPieces[],
  options: {
    readonly most: number;
    readonly minFrequency: number;
    readonly prefix: string;
    readonly known: ReadonlySet<string>;
    readonly signal: AbortSignal | undefined;
  },
): Merge[] {
  const pairs = new Map<string, Pair>();
  for (const [index, word] of words.entries()) count(pairs, word, index, 1);
  const queue = new PairQueue([...pairs.values()]);
  const made = new Set(options.known);
  const merges: Merge[] = [];
  for (let left = options.most; left > 0; ) {
    options.signal?.throwIfAborted();
    const best = queue.pop();
    if (best === undefined || best.count < options.minFrequency) break;
    const joined =
      best.left +
      (best.right.startsWith(options.prefix) ? best.right.slice(options.prefix.length) : best.right);
    merges.push({ left: best.left, right: best.right, joined });
    if (!made.has(joined)) left--;
    made.add(joined);
    queue.update(join(words, pairs, best, joined));
  }
  return merges;
}

/** Joins a pair in every word it is in; gives the pairs whose counts changed. */
function join(words: readonly WordPieces[], pairs: Map<string, Pair>, best: Pair, joined: string): Set<Pair> {
  const changed = new Set<Pair>();
  for (const index of [...best.words]) {
    const word = words[index] as WordPieces;
    if (!hasPair(word.pieces, best)) continue;
    for (const pair of count(pairs, word, index, -1)) changed.add(pair);
    word.pieces = joinPieces(word.pieces, best, joined);
    for (const pair of count(pairs, word, index, 1)) changed.add(pair);
  }
  best.count = 0;
  changed.delete(best);
  return changed;
}

function count(pairs: Map<string, Pair>, word: WordPieces, index: number, sign: 1 | -1): Pair[] {
  const touched: Pair[] = [];
  for (let i = 0; i + 1 < word.pieces.length; i++) {
    const [left, right] = [word.pieces[i] as string, word.pieces[i + 1] as string];
    const key = `${left}\0${right}`;
    const pair = pairs.get(key) ?? { left, right, count: 0, words: new Set<number>() };
    pairs.set(key, pair);
    pair.count += sign * word.count;
    if (sign > 0) pair.words.add(index);
    touched.push(pair);
  }
  return touched;
}

function hasPair(pieces: readonly string[], { left, right }: Pair): boolean {
  return pieces.some((piece, i) => piece === left && pieces[i + 1] === right);
}

function joinPieces(pieces: readonly string[], { left, right }: Pair, joined: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const isPair = pieces[i] === left && pieces[i + 1] === right;
    result.push(isPair ? joined : (pieces[i] as string));
    if (isPair) i++;
  }
  return result;
}

/** A binary heap by count, then letters; entries that a later count made stale are passed over. */
class PairQueue {
  readonly #heap: { pair: Pair; count: number }[] = [];

  constructor(pairs: readonly Pair[]) {
    for (const pair of pairs) this.#push(pair);
  }

  update(pairs: Iterable<Pair>): void {
    for (const pair of pairs) if (pair.count > 0) this.#push(pair);
  }

  pop(): Pair | undefined {
    for (;;) {
      const top = this.#heap[0];
      const last = this.#heap.pop();
      if (top === undefined || last === undefined) return undefined;
      if (this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (top.count === top.pair.count && top.count > 0) return top.pair;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return x !== undefined;
    if (x.count !== y.count) return x.count > y.count;
    return x.pair.left !== y.pair.left ? x.pair.left < y.pair.left : x.pair.right < y.pair.right;
  }

  #push(pair: Pair): void {
    let at = this.#heap.push({ pair, count: pair.count }) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#before(at, parent); at = parent, parent = (at - 1) >> 1)
      this.#swap(at, parent);
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = this.#before(left, right) ? left : right;
      if (child >= this.#heap.length || !this.#before(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
