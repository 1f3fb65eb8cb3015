import { backend_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { input, type WasmCall, type WasmKernel } from './kernel.js';

export const sum: WasmKernel = {
  kernelName: 'Sum',
  action: 'replaced',
  reason: 'transposed first and added one value at a time; the gradient of every bias is a sum',
  run(call, original) {
    const x = input(call, 'x');
    const axes = util.parseAxisParam(call.attrs.axis as number[], x.shape);
    const blocks = blocksOf(x.shape, axes);
    if (x.dtype !== 'float32' || !blocks) {
      return (original as KernelFunc)({
        inputs: { x },
        backend: call.heap.backend,
        attrs: call.attrs,
      }) as TensorInfo;
    }
    const [kept] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = call.attrs.keepDims ? backend_util.expandShapeToKeepDim(kept, axes) : kept;
    return sumBlocks(call, x, shape, blocks);
  },
};

interface Blocks {
  outer: number;
  reduced: number;
  inner: number;
}

/** x seen as [outer, reduced, inner], if its reduced axes are neighbours; axes of length 1 count as neither. */
function blocksOf(shape: readonly number[], axes: readonly number[]): Blocks | undefined {
  const reduced = axes.filter((axis) => shape[axis] !== 1).sort((a, b) => a - b);
  const first = reduced[0] ?? shape.length;
  const last = reduced.at(-1) ?? shape.length - 1;
  for (let axis = first; axis <= last; axis++) {
    if (!reduced.includes(axis) && shape[axis] !== 1) return undefined;
  }
  return {
    outer: util.sizeFromShape(shape.slice(0, first)),
    reduced: util.sizeFromShape(shape.slice(first, last + 1)),
    inner: util.sizeFromShape(shape.slice(last + 1)),
  };
}

function sumBlocks(
  { heap }: WasmCall,
  x: TensorInfo,
  shape: readonly number[],
  { outer, reduced, inner }: Blocks,
): TensorInfo {
  const output = reduced === 0 ? heap.zeros(shape) : heap.output(shape);
  const [from, to] = [heap.pointer(x), heap.pointer(output)];
  if (inner === 1) heap.kernels.sumRows(from, outer, reduced, to);
  else {
    for (let i = 0; i < outer; i++)
      heap.kernels.sumColumns(from + i * reduced * inner * 4, reduced, inner, to + i * inner * 4, 0);
  }
  return output;
}
