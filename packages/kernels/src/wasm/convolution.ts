import { backend_util, type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activationOf, follow } from './following-activation.js';
import { geometryWords, type Shape4 } from './geometry.js';
import type { Heap } from './heap.js';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

/** Bytes of windows made at a time: enough depth for the product, little enough for the caches. */
const WINDOW_BYTES = 1 << 20;

export const conv2DBackpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  action: 'added',
  reason: 'without it no convolution can be trained',
  run(call) {
    const { heap, attrs } = call;
    const [x, dy] = [input(call, 'x'), input(call, 'dy')];
    requireFloat32('Conv2DBackpropFilter', [x, dy]);
    const info = shapeOf('Conv2DBackpropFilter', x.shape as Shape4, attrs.filterShape as Shape4, attrs);
    const output = heap.zeros(attrs.filterShape as Shape4);
    const length = windowLength(info);
    // dW[length, out] += windowsᵀ[length, positions] · dy[positions, out]
    eachChunk(heap, info, heap.pointer(x), true, (windows, first, count) => {
      heap.multiply({
        ...{ rows: length, columns: info.outChannels, depth: count, accumulate: true },
        ...{ a: windows, aStride: length, aTransposed: true },
        b: heap.pointer(dy) + first * info.outChannels * 4,
        ...{ bStride: info.outChannels, bTransposed: false },
        ...{ c: heap.pointer(output), cStride: info.outChannels },
      });
    });
    return output;
  },
};

export const conv2DBackpropInput: WasmKernel = {
  kernelName: 'Conv2DBackpropInput',
  action: 'replaced',
  reason: 'one naive loop over every output; a packed product does the same work many times faster',
  run(call) {
    const { heap, attrs } = call;
    const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
    requireFloat32('Conv2DBackpropInput', [dy, filter]);
    const inputShape = attrs.inputShape as Shape4;
    const info = shapeOf('Conv2DBackpropInput', inputShape, filter.shape as Shape4, attrs);
    const output = heap.zeros(inputShape);
    const length = windowLength(info);
    // windows[positions, length] = dy[positions, out] · Wᵀ[out, length], added back into the image
    eachChunk(heap, info, heap.pointer(output), false, (windows, first, count) => {
      heap.multiply({
        ...{ rows: count, columns: length, depth: info.outChannels },
        a: heap.pointer(dy) + first * info.outChannels * 4,
        ...{ aStride: info.outChannels, aTransposed: false },
        ...{ b: heap.pointer(filter), bStride: info.outChannels, bTransposed: true },
        ...{ c: windows, cStride: length },
      });
    });
    return output;
  },
};

export const conv2D: WasmKernel = {
  kernelName: 'Conv2D',
  action: 'replaced',
  reason: 'fused multiply-add and our threads; no packed copies kept by weight id',
  run(call) {
    return convolve(call, 'Conv2D', undefined, 0);
  },
};

export const fusedConv2D: WasmKernel = {
  kernelName: 'FusedConv2D',
  action: 'replaced',
  reason: 'as Conv2D; every activation that tfjs names',
  run(call) {
    const { bias } = call.inputs;
    const { riding, following } = activationOf('FusedConv2D', call.attrs.activation);
    if (bias) requireFloat32('FusedConv2D', [bias]);
    const y = convolve(call, 'FusedConv2D', bias, riding);
    return following ? follow(call, following, y) : y;
  },
};

/** act(windows[positions, length] · W[length, out] + bias) */
function convolve(
  { heap, inputs, attrs }: WasmCall,
  kernelName: string,
  bias: TensorInfo | undefined,
  activation: number,
): TensorInfo {
  const { x, filter } = inputs as { x: TensorInfo; filter: TensorInfo };
  requireFloat32(kernelName, [x, filter]);
  const info = shapeOf(kernelName, x.shape as Shape4, filter.shape as Shape4, attrs);
  const output = heap.output(info.outShape);
  const length = windowLength(info);
  const biasStart = bias ? heap.pointer(bias) : 0;
  eachChunk(heap, info, heap.pointer(x), true, (windows, first, count) => {
    heap.multiply({
      ...{ rows: count, columns: info.outChannels, depth: length, bias: biasStart, activation },
      ...{ a: windows, aStride: length, aTransposed: false },
      ...{ b: heap.pointer(filter), bStride: info.outChannels, bTransposed: false },
      c: heap.pointer(output) + first * info.outChannels * 4,
      cStride: info.outChannels,
    });
  });
  return output;
}

function shapeOf(
  kernelName: string,
  imageShape: Shape4,
  filterShape: Shape4,
  attrs: NamedAttrMap,
): backend_util.Conv2DInfo {
  if (attrs.dataFormat !== undefined && attrs.dataFormat !== 'NHWC') {
    throw new RangeError(`${kernelName}: dataFormat must be NHWC, got ${attrs.dataFormat}. Transpose first.`);
  }
  return backend_util.computeConv2DInfo(
    imageShape,
    filterShape,
    attrs.strides as [number, number],
    (attrs.dilations as [number, number] | undefined) ?? 1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor' | undefined,
    false,
    'channelsLast',
  );
}

function windowLength(info: backend_util.Conv2DInfo): number {
  return info.filterHeight * info.filterWidth * info.inChannels;
}

/** A 1×1 convolution without stride or padding: its windows are the image itself. */
function isPointwise(info: backend_util.Conv2DInfo): boolean {
  return (
    util.arraysEqual(
      [info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
      [1, 1, 1, 1],
    ) &&
    info.outHeight === info.inHeight &&
    info.outWidth === info.inWidth
  );
}

/**
 * Calls `use` with the window matrix of the image, a run of output positions at a time: filled from the image if
 * `gather`, otherwise to be filled by `use` and then added into the image.
 */
function eachChunk(
  heap: Heap,
  info: backend_util.Conv2DInfo,
  image: number,
  gather: boolean,
  use: (windows: number, first: number, count: number) => void,
): void {
  const positions = info.batchSize * info.outHeight * info.outWidth;
  if (isPointwise(info)) {
    use(image, 0, positions);
    return;
  }
  const rowBytes = windowLength(info) * 4;
  const chunk = Math.max(1, Math.min(positions, Math.floor(WINDOW_BYTES / rowBytes)));
  const windows = heap.work(chunk * rowBytes);
  const geometry = heap.geometry(geometryWords(info));
  for (let first = 0; first < positions; first += chunk) {
    const last = Math.min(positions, first + chunk);
    if (gather) heap.kernels.windowRows(image, geometry, first, last, windows, 1);
    use(windows, first, last - first);
    if (!gather) heap.kernels.windowRows(image, geometry, first, last, windows, 0);
  }
}
