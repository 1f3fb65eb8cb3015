import { engine, stridedSlice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { gap } from './indexing.js';
import type { GradientRepair } from './repair.js';

type Attrs = {
  strides: unknown;
  pad: unknown;
  dimRoundingMode?: string;
  dataFormat?: string;
  dilations?: unknown;
};

/** A dilated filter is a larger one with zeros between its taps, so its gradients are those of the larger one. */
export function convolutionRepairs(): GradientRepair[] {
  return [
    repair('Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'),
    repair(
      'DepthwiseConv2dNative',
      'DepthwiseConv2dNativeBackpropInput',
      'DepthwiseConv2dNativeBackpropFilter',
    ),
  ];
}

function repair(kernelName: string, ofInput: string, ofFilter: string): GradientRepair {
  return {
    kernelName,
    action: 'repaired',
    reason: 'failed for dilations above 1',
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attrs) => {
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const { strides, pad, dimRoundingMode, dataFormat = 'NHWC', dilations = 1 } = attrs as Attrs;
      const [down, across] = (Array.isArray(dilations) ? dilations : [dilations, dilations]) as [
        number,
        number,
      ];
      const dilated = down > 1 || across > 1;
      const filterShape = dilated
        ? [(filter.shape[0] - 1) * down + 1, (filter.shape[1] - 1) * across + 1, ...filter.shape.slice(2)]
        : filter.shape;
      const shared = { strides, pad, dimRoundingMode, dataFormat, dilations: [1, 1] };
      const run = (name: string, inputs: Record<string, Tensor>, own: object): Tensor =>
        engine().runKernel(name, inputs, { ...shared, ...own } as never);
      return {
        x: () => {
          const wide = dilated ? gap(gap(filter, 0, down), 1, across) : filter;
          return run(ofInput, { dy: dy as Tensor, filter: wide }, { inputShape: x.shape });
        },
        filter: () => {
          const wide = run(ofFilter, { x, dy: dy as Tensor }, { filterShape });
          return dilated ? stridedSlice(wide, [0, 0, 0, 0], filterShape, [down, across, 1, 1]) : wide;
        },
      };
    },
  };
}
