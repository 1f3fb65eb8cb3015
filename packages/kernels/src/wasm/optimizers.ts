import type { AdamWStep, OptimizerRow, SgdStep } from '../optimizer-row.js';
import type { Heap } from './heap.js';

const ROW_WORDS = 12;

/** Writes the table that assembly/optimizers.ts reads, and hands it to `run`. */
function withTable(heap: Heap, rows: readonly OptimizerRow[], run: (table: number) => void): void {
  const table = heap.work(Math.max(1, rows.length * ROW_WORDS) * 4);
  const words = heap.words(table, rows.length * ROW_WORDS);
  const floats = heap.floats(table, rows.length * ROW_WORDS);
  rows.forEach((row, i) => {
    const [first, second] = row.slots;
    const pointers = [row.weights, row.output, row.gradient, first, second, row.guide];
    words.set([row.length, ...pointers.map((tensor) => (tensor ? heap.pointer(tensor) : 0))], i * ROW_WORDS);
    floats.set([row.stepSize, row.shrink, row.freeShrink, row.rootCorrection], i * ROW_WORDS + 7);
  });
  run(table);
}

/** One AdamW step of every row in one call. */
export function adamWOnWasm(heap: Heap, rows: readonly OptimizerRow[], step: AdamWStep): void {
  withTable(heap, rows, (table) => {
    const { beta1, beta2, epsilon } = step;
    heap.kernels.adamW(table, rows.length, beta1, 1 - beta1, beta2, 1 - beta2, epsilon);
  });
}

/** One SGD step of every row in one call. */
export function sgdOnWasm(heap: Heap, rows: readonly OptimizerRow[], { momentum, nesterov }: SgdStep): void {
  withTable(heap, rows, (table) => heap.kernels.sgd(table, rows.length, momentum, Number(nesterov)));
}
