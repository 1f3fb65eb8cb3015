import { backend_util } from '@tensorflow/tfjs-core';
import { geometryWords } from './geometry.js';
import { input, requireFloat32, type WasmKernel } from './kernel.js';

export const maxPoolGrad: WasmKernel = {
  kernelName: 'MaxPoolGrad',
  action: 'repaired',
  reason: 'lost the gradient of every window without a positive value',
  run(call) {
    const { heap, attrs } = call;
    const [dy, x] = [input(call, 'dy'), input(call, 'input')];
    requireFloat32('MaxPoolGrad', [dy, x]);
    const info = backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      attrs.filterSize as [number, number],
      attrs.strides as [number, number],
      1,
      attrs.pad as number,
      attrs.dimRoundingMode as 'floor' | undefined,
    );
    const output = heap.zeros(x.shape);
    const geometry = heap.geometry(geometryWords(info));
    const [image, flow, gradient] = [heap.pointer(x), heap.pointer(dy), heap.pointer(output)];
    const inBytes = info.inHeight * info.inWidth * info.inChannels * 4;
    const outBytes = info.outHeight * info.outWidth * info.inChannels * 4;
    const parts = heap.split(
      info.batchSize,
      1,
      info.batchSize * outBytes * info.filterHeight * info.filterWidth,
    );
    heap.run(
      parts.map(([first, last]) => ({
        kernel: 'maxPoolGradient',
        args: [
          image + first * inBytes,
          flow + first * outBytes,
          gradient + first * inBytes,
          geometry,
          last - first,
        ],
      })),
    );
    return output;
  },
};
