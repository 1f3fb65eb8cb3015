import type { Part } from '../data/encode-rows.js';

/** Some rows of a part, in the order given. */
export function takeRows({ features, answers, rowCount, known }: Part, rows: ArrayLike<number>): Part {
  const width = rowCount > 0 ? features.length / rowCount : 0;
  const taken = { features: new Float32Array(rows.length * width), answers: new Float32Array(rows.length) };
  const seen = known && new Uint8Array(rows.length * width);
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as number;
    taken.features.set(features.subarray(row * width, (row + 1) * width), index * width);
    taken.answers[index] = answers[row] as number;
    seen?.set((known as Uint8Array).subarray(row * width, (row + 1) * width), index * width);
  }
  return { ...taken, rowCount: rows.length, ...(seen ? { known: seen } : {}) };
}

/** Rows in blocks of at most `size`, for passes over all of them. */
export function* blocksOf(part: Part, size = 256): Generator<Part> {
  for (let start = 0; start < part.rowCount; start += size) {
    yield takeRows(
      part,
      Array.from({ length: Math.min(size, part.rowCount - start) }, (_, index) => start + index),
    );
  }
}

/** Rows in an order that `random` gives, as many as asked for, with repeats. */
export function drawRows(from: readonly number[], count: number, random: () => number): number[] {
  return Array.from({ length: count }, () => from[Math.floor(random() * from.length)] as number);
}
