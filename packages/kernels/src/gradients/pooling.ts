import {
  backend_util,
  engine,
  mul,
  reshape,
  type Tensor,
  type Tensor4D,
  tensor2d,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

export function poolingRepairs(): GradientRepair[] {
  return [averagePool()];
}

type PoolAttrs = {
  filterSize: [number, number];
  strides: [number, number];
  pad: 'valid' | 'same' | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** The forward pass divides by the values that lie inside, tfjs's gradient by all: the flow is scaled by the ratio. */
function averagePool(): GradientRepair {
  return {
    kernelName: 'AvgPool',
    action: 'repaired',
    reason: 'wrong with padding: divided by the whole window instead of the values inside',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const x = saved[0] as Tensor4D;
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttrs;
      const info = backend_util.computePool2DInfo(x.shape, filterSize, strides, 1, pad, dimRoundingMode);
      return {
        x: () => {
          const flow = mul(dy as Tensor, correction(info));
          return engine().runKernel('AvgPoolGrad', { dy: flow, input: x }, attrs as never) as Tensor;
        },
      };
    },
  };
}

/** Window size / values inside, per output position: [1, outHeight, outWidth, 1]. */
function correction(info: backend_util.Conv2DInfo): Tensor {
  const inside = (out: number, stride: number, before: number, window: number, size: number): number[] =>
    Array.from({ length: out }, (_, i) => {
      const start = i * stride - before;
      return Math.min(size, start + window) - Math.max(0, start);
    });
  const { top, left } = info.padInfo;
  const rows = inside(info.outHeight, info.strideHeight, top, info.effectiveFilterHeight, info.inHeight);
  const columns = inside(info.outWidth, info.strideWidth, left, info.effectiveFilterWidth, info.inWidth);
  const whole = info.filterHeight * info.filterWidth;
  const ratios = rows.flatMap((height) => columns.map((width) => whole / (height * width)));
  return reshape(tensor2d(ratios, [rows.length, columns.length]), [1, rows.length, columns.length, 1]);
}
