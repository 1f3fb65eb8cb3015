import type { backend_util } from '@tensorflow/tfjs-core';

/** The words that assembly/convolution.ts reads of a convolution's or a pooling's shape. */
export function geometryWords(info: backend_util.Conv2DInfo): number[] {
  return [
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterHeight,
    info.filterWidth,
    info.outHeight,
    info.outWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
    info.dilationHeight,
    info.dilationWidth,
  ];
}

export type Shape4 = [number, number, number, number];
