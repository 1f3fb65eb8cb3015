import { backend_util, type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activationOf, follow } from './following-activation.js';
import { geometryWords, type Shape4 } from './geometry.js';
import type { Heap, Range } from './heap.js';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

/** Bytes of windows made at a time: enough depth for the product, little enough for the caches. */
const WINDOW_BYTES = 1 << 19;

/** Numbers shared with assembly/convolution.ts. */
const FORWARD = 0;
const FILTER_GRADIENT = 1;
const IMAGE_GRADIENT = 2;

export const conv2D: WasmKernel = {
  kernelName: 'Conv2D',
  action: 'replaced',
  reason: 'fused multiply-add and our threads; no packed copies kept by weight id',
  run(call) {
    return forward(call, 'Conv2D', undefined, 0);
  },
};

export const fusedConv2D: WasmKernel = {
  kernelName: 'FusedConv2D',
  action: 'replaced',
  reason: 'as Conv2D; every activation that tfjs names',
  run(call) {
    const { riding, following } = activationOf('FusedConv2D', call.attrs.activation);
    const y = forward(call, 'FusedConv2D', call.inputs.bias, riding);
    return following ? follow(call, following, y) : y;
  },
};

export const conv2DBackpropFilter: WasmKernel = {
  kernelName: 'Conv2DBackpropFilter',
  action: 'added',
  reason: 'without it no convolution can be trained',
  run({ heap, attrs, inputs }) {
    const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
    requireFloat32('Conv2DBackpropFilter', [x, dy]);
    const filterShape = attrs.filterShape as Shape4;
    const info = shapeOf('Conv2DBackpropFilter', x.shape as Shape4, filterShape, attrs);
    const output = heap.zeros(filterShape);
    const pass = { info, what: FILTER_GRADIENT, image: heap.pointer(x), outputs: heap.pointer(dy) };
    convolve(heap, { ...pass, filter: heap.pointer(output) });
    return output;
  },
};

export const conv2DBackpropInput: WasmKernel = {
  kernelName: 'Conv2DBackpropInput',
  action: 'replaced',
  reason: 'one naive loop over every output; a packed product does the same work many times faster',
  run({ heap, attrs, inputs }) {
    const { dy, filter } = inputs as { dy: TensorInfo; filter: TensorInfo };
    requireFloat32('Conv2DBackpropInput', [dy, filter]);
    const inputShape = attrs.inputShape as Shape4;
    const info = shapeOf('Conv2DBackpropInput', inputShape, filter.shape as Shape4, attrs);
    const output = heap.zeros(inputShape);
    const pass = { info, what: IMAGE_GRADIENT, image: heap.pointer(output), outputs: heap.pointer(dy) };
    convolve(heap, { ...pass, filter: heap.pointer(filter) });
    return output;
  },
};

function forward(
  call: WasmCall,
  kernelName: string,
  bias: TensorInfo | undefined,
  activation: number,
): TensorInfo {
  const { heap, attrs } = call;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  requireFloat32(kernelName, bias ? [x, filter, bias] : [x, filter]);
  const info = shapeOf(kernelName, x.shape as Shape4, filter.shape as Shape4, attrs);
  const output = heap.output(info.outShape);
  const pointers = { image: heap.pointer(x), filter: heap.pointer(filter), outputs: heap.pointer(output) };
  const wide =
    bias && util.sizeFromShape(bias.shape) === 1 ? repeated(heap, bias, info.outChannels) : undefined;
  const biasStart = wide ?? (bias ? heap.pointer(bias) : 0);
  convolve(heap, { info, what: FORWARD, ...pointers, bias: biasStart, activation });
  if (wide) heap.free(wide);
  return output;
}

/** One value as a bias for every channel; the caller frees it. */
function repeated(heap: Heap, bias: TensorInfo, channels: number): number {
  const wide = heap.allocate(channels * 4);
  heap.floats(wide, channels).fill(heap.floats(heap.pointer(bias), 1)[0] ?? 0);
  return wide;
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

/** A 1×1 convolution without stride or padding: its windows are the image itself. */
function isDirect(info: backend_util.Conv2DInfo): boolean {
  return (
    util.arraysEqual(
      [info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
      [1, 1, 1, 1],
    ) &&
    info.outHeight === info.inHeight &&
    info.outWidth === info.inWidth
  );
}

interface Pass {
  info: backend_util.Conv2DInfo;
  what: number;
  image: number;
  filter: number;
  outputs: number;
  bias?: number;
  activation?: number;
}

/** One pass over all output positions, in as many parts as there are threads. */
function convolve(heap: Heap, pass: Pass): void {
  const { info, what, image, outputs, bias = 0, activation = 0 } = pass;
  const length = info.filterHeight * info.filterWidth * info.inChannels;
  const perImage = info.outHeight * info.outWidth;
  const positions = info.batchSize * perImage;
  const direct = isDirect(info);
  // windows of one image overlap, so what is added into an image belongs to one thread
  const unit = what === IMAGE_GRADIENT && !direct ? perImage : 1;
  const parts = heap
    .split(positions / unit, 1, positions * length * info.outChannels)
    .map(([first, last]): Range => [first * unit, last * unit]);
  const chunk = direct
    ? positions
    : Math.max(1, Math.min(positions, Math.floor(WINDOW_BYTES / (length * 4))));
  const windowBytes = direct ? 0 : chunk * length * 4;
  const filterSize = length * info.outChannels;
  const partials = what === FILTER_GRADIENT ? Math.max(0, parts.length - 1) : 0;
  const work = heap.work(parts.length * windowBytes + partials * filterSize * 4);
  const partialsAt = work + parts.length * windowBytes;
  heap.floats(partialsAt, partials * filterSize).fill(0);
  const geometry = heap.geometry(geometryWords(info));
  heap.run(
    parts.map(([first, last], i) => {
      const filter = i < partials ? partialsAt + i * filterSize * 4 : pass.filter;
      const range = [geometry, info.outChannels, first, last, chunk, Number(direct), work + i * windowBytes];
      const args = [what, image, filter, outputs, ...range, bias, activation, heap.scratch(i)];
      return { kernel: 'convolve', args };
    }),
  );
  if (partials > 0) heap.kernels.sumColumns(partialsAt, partials, filterSize, pass.filter, 1);
}
