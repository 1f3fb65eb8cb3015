import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activationOf, follow } from './following-activation.js';
import type { Heap } from './heap.js';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

export const batchMatMul: WasmKernel = {
  kernelName: 'BatchMatMul',
  action: 'replaced',
  reason: 'one naive loop took most of a training step; any broadcast of the batch now works',
  run(call) {
    return product(call, 'BatchMatMul', undefined, 0);
  },
};

export const fusedMatMul: WasmKernel = {
  kernelName: '_FusedMatMul',
  action: 'repaired',
  reason: 'wrong with a bias or an activation together with a transpose or a batch',
  run(call) {
    const { heap, inputs, attrs } = call;
    const { riding, following } = activationOf('_FusedMatMul', attrs.activation);
    const { bias } = inputs;
    if (bias) requireFloat32('_FusedMatMul', [bias]);
    const direct = bias && isPerColumn(bias, columnsOf(call));
    const y = product(call, '_FusedMatMul', direct ? bias : undefined, bias && !direct ? 0 : riding);
    if (bias && !direct) {
      addBroadcast(heap, y, bias);
      if (riding > 0) return follow(call, riding === 1 ? 'Relu' : 'Relu6', y);
    }
    return following ? follow(call, following, y) : y;
  },
};

function columnsOf(call: WasmCall): number {
  const b = input(call, 'b');
  return b.shape.at(call.attrs.transposeB ? -2 : -1) ?? 1;
}

function isPerColumn(bias: TensorInfo, columns: number): boolean {
  return bias.shape.at(-1) === columns && util.sizeFromShape(bias.shape) === columns;
}

/** y += bias for a bias of any shape that broadcasts to y's. */
function addBroadcast(heap: Heap, y: TensorInfo, bias: TensorInfo): void {
  const values = heap.floats(heap.pointer(y), util.sizeFromShape(y.shape));
  const added = heap.floats(heap.pointer(bias), util.sizeFromShape(bias.shape));
  const offset = broadcastOffsets(bias.shape, y.shape);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) + (added[offset(i)] ?? 0);
}

/** Where element i of a tensor of shape `to` is found in a tensor of shape `from` that broadcasts to it. */
function broadcastOffsets(from: readonly number[], to: readonly number[]): (index: number) => number {
  const strides = to.map((_, axis) => {
    const own = axis - (to.length - from.length);
    if (own < 0 || from[own] === 1) return 0;
    return util.sizeFromShape(from.slice(own + 1));
  });
  return (index) => {
    let rest = index;
    let offset = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const size = to[axis] ?? 1;
      offset += (rest % size) * (strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    return offset;
  };
}

/** act(a·b + bias) for every pair of matrices that the batch dimensions, broadcast, give. */
function product(
  call: WasmCall,
  kernelName: string,
  bias: TensorInfo | undefined,
  activation: number,
): TensorInfo {
  const { heap, attrs } = call;
  const [a, b] = [input(call, 'a'), input(call, 'b')];
  requireFloat32(kernelName, [a, b]);
  const [aTransposed, bTransposed] = [Boolean(attrs.transposeA), Boolean(attrs.transposeB)];
  const [aHeight = 1, aStride = 1] = a.shape.slice(-2);
  const [bHeight = 1, bStride = 1] = b.shape.slice(-2);
  const [rows, depth] = aTransposed ? [aStride, aHeight] : [aHeight, aStride];
  const [columns, depthOfB] = bTransposed ? [bHeight, bStride] : [bStride, bHeight];
  util.assert(
    depth === depthOfB,
    () =>
      `Error in matMul: inner shapes (${depth}) and (${depthOfB}) of Tensors with shapes ${a.shape} and ` +
      `${b.shape} and transposeA=${aTransposed} and transposeB=${bTransposed} must match.`,
  );
  const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const batch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
  const [aOffset, bOffset] = [broadcastOffsets(aBatch, batch), broadcastOffsets(bBatch, batch)];
  const shape = [...batch, rows, columns];
  const output = depth === 0 ? heap.zeros(shape) : heap.output(shape);
  const [aStart, bStart, cStart] = [heap.pointer(a), heap.pointer(b), heap.pointer(output)];
  const biasStart = bias ? heap.pointer(bias) : 0;
  const [aBytes, bBytes, cBytes] = [aHeight * aStride * 4, bHeight * bStride * 4, rows * columns * 4];
  const size = { rows, columns, depth, aStride, aTransposed, bStride, bTransposed, cStride: columns };
  const multiply = (i: number, count: number, aStep: number, bStep: number): void =>
    heap.multiply({
      ...{ ...size, bias: biasStart, activation },
      a: aStart + aOffset(i) * aBytes,
      b: bStart + bOffset(i) * bBytes,
      c: cStart + i * cBytes,
      batch: { count, aStep, bStep, cStep: cBytes },
    });
  const count = util.sizeFromShape(batch);
  const [sizeOfA, sizeOfB] = [util.sizeFromShape(aBatch), util.sizeFromShape(bBatch)];
  const even = (own: number): boolean => own === count || own === 1;
  if (even(sizeOfA) && even(sizeOfB)) {
    multiply(0, count, sizeOfA === 1 ? 0 : aBytes, sizeOfB === 1 ? 0 : bBytes);
  } else for (let i = 0; i < count; i++) multiply(i, 1, 0, 0);
  return output;
}
