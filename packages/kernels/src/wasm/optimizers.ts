import type { AdamWStep, OptimizerRow, SgdStep } from '@warmstart/shapes';
import type { Heap } from './heap.js';

/** As assembly/optimizers.ts reads them. */
const ROW_WORDS = 12;
const NUMBERS_AT = 7;
/** Multiply-adds that a value costs, about. */
const WORK_PER_VALUE = 8;

/** One AdamW step of every row in one call per thread. */
export function adamWOnWasm(heap: Heap, rows: readonly OptimizerRow[], step: AdamWStep): void {
  const { beta1, beta2, epsilon } = step;
  run(heap, 'adamW', rows, [beta1, 1 - beta1, beta2, 1 - beta2, epsilon]);
}

/** One SGD step of every row in one call per thread. */
export function sgdOnWasm(heap: Heap, rows: readonly OptimizerRow[], { momentum, nesterov }: SgdStep): void {
  run(heap, 'sgd', rows, [momentum, Number(nesterov)]);
}

/** Values are updated one by one, so the number of threads changes no bit. */
function run(heap: Heap, kernel: string, rows: readonly OptimizerRow[], constants: readonly number[]): void {
  const total = rows.reduce((sum, { length }) => sum + length, 0);
  const pieces = heap.split(total, 4, total * WORK_PER_VALUE).map((range) => piecesOf(rows, range));
  const table = writeTable(heap, pieces.flat());
  let start = table;
  heap.run(
    pieces.map((part) => {
      const args = [start, part.length, ...constants];
      start += part.length * ROW_WORDS * 4;
      return { kernel, args };
    }),
  );
}

interface Piece {
  row: OptimizerRow;
  first: number;
  length: number;
}

/** The pieces of rows that lie in a range of all their values, laid end to end. */
function piecesOf(rows: readonly OptimizerRow[], [from, to]: readonly [number, number]): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const row of rows) {
    const first = Math.max(from - start, 0);
    const length = Math.min(to - start, row.length) - first;
    if (length > 0) pieces.push({ row, first, length });
    start += row.length;
  }
  return pieces;
}

function writeTable(heap: Heap, pieces: readonly Piece[]): number {
  // pointers first: fetching a tensor from another backend may grow the memory and void its views
  const pointers = pieces.map(({ row, first }) =>
    [row.weights, row.output, row.gradient, row.slots[0], row.slots[1], row.guide].map((tensor) =>
      tensor ? heap.pointer(tensor) + first * 4 : 0,
    ),
  );
  const table = heap.work(Math.max(1, pieces.length) * ROW_WORDS * 4);
  const words = heap.words(table, pieces.length * ROW_WORDS);
  const floats = heap.floats(table, pieces.length * ROW_WORDS);
  pieces.forEach(({ row, length }, i) => {
    words.set([length, ...(pointers[i] ?? [])], i * ROW_WORDS);
    const numbers = [row.stepSize, row.shrink, row.freeShrink, row.rootCorrection];
    floats.set(numbers, i * ROW_WORDS + NUMBERS_AT);
  });
  return table;
}
