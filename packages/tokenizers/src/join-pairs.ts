import { limits } from './limits.js';
import { NumberHeap } from './number-heap.js';

/** What is joined to what. */
export interface Merges {
  /** left × 2^24 + right → rank: the smaller, the sooner it is joined */
  readonly ranks: Map<number, number>;
  /** rank → id of what the two become */
  readonly joined: number[];
}

/**
 * Joins the most wanted pair, the leftmost of them first, until no wanted pair is left; in time n log n.
 *
 * @param ids - of the letters; changed
 */
export function joinPairs(ids: number[], { ranks, joined }: Merges): number[] {
  const count = ids.length;
  const rankAt = (left: number, right: number) =>
    ranks.get((ids[left] as number) * limits.ids + (ids[right] as number));
  const next = Int32Array.from(ids, (_, i) => i + 1);
  const previous = Int32Array.from(ids, (_, i) => i - 1);
  const heap = new NumberHeap();
  const want = (left: number, right: number) => {
    const rank = rankAt(left, right);
    if (rank !== undefined) heap.push(rank * places + left);
  };
  for (let i = 0; i + 1 < count; i++) want(i, i + 1);
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const left = top % places;
    const right = next[left] as number;
    const result = joined[(top - left) / places] as number;
    if (ids[left] === gone || right >= count) continue;
    const rank = rankAt(left, right);
    if (rank === undefined || joined[rank] !== result) continue; // was joined to something else meanwhile
    ids[left] = result;
    ids[right] = gone;
    const after = next[right] as number;
    next[left] = after;
    if (after < count) {
      previous[after] = left;
      want(left, after);
    }
    if ((previous[left] as number) >= 0) want(previous[left] as number, left);
  }
  return ids.filter((id) => id !== gone);
}

/** More than a word can have letters. */
const places = 2 ** 30;
const gone = -1;
