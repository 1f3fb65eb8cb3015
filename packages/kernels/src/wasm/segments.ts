import { util } from '@tensorflow/tfjs-core';
import { input, type WasmKernel } from './kernel.js';

export const unsortedSegmentSum: WasmKernel = {
  kernelName: 'UnsortedSegmentSum',
  action: 'added',
  reason: 'the gradient of gather, so of every embedding, needs it',
  run(call) {
    const { heap, attrs } = call;
    const [x, ids] = [input(call, 'x'), input(call, 'segmentIds')];
    const segments = Number(attrs.numSegments);
    const inner = x.shape.slice(ids.shape.length);
    const output = heap.zeros([segments, ...inner], x.dtype);
    const [count, length] = [util.sizeFromShape(ids.shape), util.sizeFromShape(inner)];
    if (x.dtype === 'float32') {
      heap.kernels.segmentSum(
        heap.pointer(x),
        heap.pointer(ids),
        count,
        length,
        segments,
        heap.pointer(output),
      );
      return output;
    }
    const [rows, sums] = [
      heap.words(heap.pointer(x), count * length),
      heap.words(heap.pointer(output), segments * length),
    ];
    heap.words(heap.pointer(ids), count).forEach((id, row) => {
      if (id < 0 || id >= segments) return;
      for (let i = 0; i < length; i++)
        sums[id * length + i] = (sums[id * length + i] ?? 0) + (rows[row * length + i] ?? 0);
    });
    return output;
  },
};
