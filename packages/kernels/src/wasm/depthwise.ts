import { backend_util, type NamedAttrMap } from '@tensorflow/tfjs-core';
import { geometryWords, type Shape4 } from './geometry.js';
import { input, requireFloat32, type WasmCall, type WasmKernel } from './kernel.js';

export const depthwiseBackpropFilter: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  action: 'added',
  reason: 'without it no depthwise convolution can be trained',
  run(call) {
    const [x, dy] = [input(call, 'x'), input(call, 'dy')];
    requireFloat32('DepthwiseConv2dNativeBackpropFilter', [x, dy]);
    const filterShape = call.attrs.filterShape as Shape4;
    const output = call.heap.zeros(filterShape);
    const { heap } = call;
    const pointers = [heap.pointer(x), heap.pointer(dy), heap.pointer(output)] as const;
    run(call, shapeOf(x.shape as Shape4, filterShape, call.attrs), pointers, true);
    return output;
  },
};

export const depthwiseBackpropInput: WasmKernel = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  action: 'added',
  reason: 'without it nothing below a depthwise convolution can be trained',
  run(call) {
    const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
    requireFloat32('DepthwiseConv2dNativeBackpropInput', [dy, filter]);
    const inputShape = call.attrs.inputShape as Shape4;
    const output = call.heap.zeros(inputShape);
    const { heap } = call;
    const pointers = [heap.pointer(output), heap.pointer(dy), heap.pointer(filter)] as const;
    run(call, shapeOf(inputShape, filter.shape as Shape4, call.attrs), pointers, false);
    return output;
  },
};

function shapeOf(imageShape: Shape4, filterShape: Shape4, attrs: NamedAttrMap): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    imageShape,
    filterShape,
    attrs.strides as [number, number],
    (attrs.dilations as [number, number] | undefined) ?? 1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor' | undefined,
    true,
  );
}

function run(
  { heap }: WasmCall,
  info: backend_util.Conv2DInfo,
  [image, outputGradient, filter]: readonly [number, number, number],
  ofFilter: boolean,
): void {
  const multiplier = info.outChannels / info.inChannels;
  const geometry = heap.geometry(geometryWords(info));
  const parts = heap.split(
    info.inChannels,
    4,
    info.batchSize * info.outHeight * info.outWidth * info.outChannels,
  );
  heap.run(
    parts.map(([first, last]) => ({
      kernel: 'depthwiseGradient',
      args: [
        image,
        outputGradient,
        filter,
        geometry,
        info.batchSize,
        multiplier,
        Number(ofFilter),
        first,
        last,
      ],
    })),
  );
}
