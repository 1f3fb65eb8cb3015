import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamWStep, OptimizerRow, SgdStep } from '@warmstart/shapes';

interface CpuBackend extends KernelBackend {
  data: { get(dataId: object): { values: Float32Array } };
}

const { fround } = Math;

/** One AdamW step of every row on the plain typed arrays of the cpu backend. */
export function adamWOnCpu(backend: KernelBackend, rows: readonly OptimizerRow[], step: AdamWStep): void {
  const values = (tensor: TensorInfo) => (backend as CpuBackend).data.get(tensor.dataId).values;
  const [beta1, beta2] = [fround(step.beta1), fround(step.beta2)];
  const [rest1, rest2] = [fround(1 - step.beta1), fround(1 - step.beta2)];
  for (const row of rows) {
    const [weights, output, gradient] = [values(row.weights), values(row.output), values(row.gradient)];
    const [first, second] = row.slots.map(values) as [Float32Array, Float32Array];
    const move = mover(row, row.shrink, row.guide && values(row.guide));
    for (let i = 0; i < row.length; i++) {
      const g = gradient[i] as number;
      const m = fround(fround(beta1 * (first[i] as number)) + fround(rest1 * g));
      const v = fround(fround(beta2 * (second[i] as number)) + fround(rest2 * fround(g * g)));
      first[i] = m;
      second[i] = v;
      const root = fround(fround(Math.sqrt(v)) * fround(row.rootCorrection));
      const update = fround(fround(fround(row.stepSize) * m) / fround(root + fround(step.epsilon)));
      output[i] = move(weights[i] as number, update, i);
    }
  }
}

/** One SGD step of every row on the plain typed arrays of the cpu backend. */
export function sgdOnCpu(backend: KernelBackend, rows: readonly OptimizerRow[], step: SgdStep): void {
  const values = (tensor: TensorInfo) => (backend as CpuBackend).data.get(tensor.dataId).values;
  const [momentum, nesterov] = [fround(step.momentum), step.nesterov];
  for (const row of rows) {
    const [weights, output, gradient] = [values(row.weights), values(row.output), values(row.gradient)];
    const velocity = row.slots[0] && values(row.slots[0]);
    const [rate, shrink] = [fround(row.stepSize), fround(row.shrink)];
    const move = mover(row, 0, row.guide && values(row.guide));
    for (let i = 0; i < row.length; i++) {
      const w = weights[i] as number;
      let g = fround((gradient[i] as number) + fround(shrink * w));
      if (velocity) {
        const v = fround(fround(momentum * (velocity[i] as number)) + g);
        velocity[i] = v;
        g = nesterov ? fround(g + fround(momentum * v)) : v;
      }
      output[i] = move(w, fround(rate * g), i);
    }
  }
}

/** w − guide·(update + shrink·w) − freeShrink·w, rounded as the wasm kernel rounds. */
function mover(row: OptimizerRow, decay: number, guide: Float32Array | undefined) {
  const [shrink, freeShrink] = [fround(decay), fround(row.freeShrink)];
  return (w: number, update: number, i: number): number => {
    const change = fround(update + fround(shrink * w));
    const g = guide ? (guide[i] as number) : 1;
    const guided = g === 0 ? 0 : fround(change * g);
    const moved = fround(w - guided);
    return freeShrink === 0 ? moved : fround(moved - fround(freeShrink * w)); // −0 − (−0) would be 0
  };
}
