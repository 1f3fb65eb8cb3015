import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelCall, ValueRef } from '../recording.js';
import { channelsFirst, channelsLast } from './arrangement.js';
import {
  type Family,
  input,
  output,
  type Scope,
  type Translator,
  UntranslatableError,
} from './translator.js';

type Shape4 = [number, number, number, number];

interface Pooling {
  window: [number, number];
  stride: [number, number];
  /** top, left, bottom, right */
  margins: [number, number, number, number];
  size: [number, number];
  outputSize: [number, number];
  channels: number;
}

function pooling(call: KernelCall, x: ValueRef): Pooling {
  const { filterSize, strides, pad, dimRoundingMode } = call.attributes as {
    filterSize: [number, number] | number;
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  const info = backend_util.computePool2DInfo(
    x.shape as Shape4,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    window: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    margins: [top, left, bottom, right],
    size: [info.inHeight, info.inWidth],
    outputSize: [info.outHeight, info.outWidth],
    channels: info.inChannels,
  };
}

/** The greatest values, channels first, and where they lie. */
function maxPoolNodes(call: KernelCall, x: ValueRef, scope: Scope): [string, string] {
  const { window, stride, margins } = pooling(call, x);
  const attributes = { kernel_shape: window, strides: stride, pads: margins };
  const planes = channelsFirst(scope.value(x), scope);
  return scope.graph.nodes('MaxPool', [planes], 2, attributes) as [string, string];
}

const maxPool: Translator = (call, scope) => {
  const [y, indices] = maxPoolNodes(call, input(call, 'x'), scope);
  scope.notes.set(`max-pool ${output(call).id}`, indices);
  return channelsLast(y, scope);
};

/** The gradient goes to the first greatest value of each window. Windows may overlap: then shares are added. */
const maxPoolGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const x = input(call, 'input');
  const forward = call.inputs.output ? input(call, 'output').id : undefined;
  const indices = scope.notes.get(`max-pool ${forward}`) ?? maxPoolNodes(call, x, scope)[1];
  const { window, stride, margins, channels, size } = pooling(call, x);
  const planes = graph.list([x.shape[0] as number, channels, ...size]);
  const dy = channelsFirst(value(input(call, 'dy')), scope);
  const isApart =
    margins.every((margin) => margin === 0) && window.every((one, axis) => one <= (stride[axis] as number));
  if (isApart) {
    const attributes = { kernel_shape: window, strides: stride };
    return channelsLast(graph.node('MaxUnpool', [dy, indices, planes], attributes), scope);
  }
  const flat = (one: string) => graph.node('Reshape', [one, graph.list([-1])]);
  const count = x.shape.reduce((product, one) => product * one, 1);
  const zeros = graph.node('Expand', [graph.scalar(0), graph.list([count])]);
  const attributes = { axis: 0, reduction: 'add' };
  const added = graph.node('ScatterElements', [zeros, flat(indices), flat(dy)], attributes);
  return channelsLast(graph.node('Reshape', [added, planes]), scope);
};

const averagePool: Translator = (call, scope) => {
  const plan = pooling(call, input(call, 'x'));
  const y = scope.graph.node('AveragePool', [channelsFirst(scope.value(input(call, 'x')), scope)], {
    kernel_shape: plan.window,
    strides: plan.stride,
    pads: plan.margins,
    count_include_pad: 0,
  });
  return channelsLast(y, scope);
};

/** Each value is shared out evenly over its window: a transposed convolution with one weight. */
const averagePoolGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const plan = pooling(call, input(call, 'input'));
  if (plan.margins.some((margin) => margin > 0)) throw new UntranslatableError('a padded average');
  const share = 1 / (plan.window[0] * plan.window[1]);
  const weights = graph.node('Expand', [graph.scalar(share), graph.list([plan.channels, 1, ...plan.window])]);
  const rest = plan.size.map(
    (size, axis) =>
      size -
      (((plan.outputSize[axis] as number) - 1) * (plan.stride[axis] as number) +
        (plan.window[axis] as number)),
  );
  const spread = graph.node('ConvTranspose', [channelsFirst(value(input(call, 'dy')), scope), weights], {
    strides: plan.stride,
    group: plan.channels,
    output_padding: rest,
  });
  return channelsLast(spread, scope);
};

/** Bilinear enlarging and shrinking as tfjs does it; its gradient has no counterpart. */
const resizeBilinear: Translator = (call, scope) => resize(call, scope, 'linear');
const resizeNearest: Translator = (call, scope) => resize(call, scope, 'nearest');

function resize(call: KernelCall, scope: Scope, mode: 'linear' | 'nearest'): string {
  const { graph, value } = scope;
  const images = input(call, 'images');
  const { size, alignCorners, halfPixelCenters } = call.attributes as {
    size: [number, number];
    alignCorners: boolean;
    halfPixelCenters: boolean;
  };
  if (images.perExample) throw new UntranslatableError('resizing with an open batch');
  const [batch, , , channels] = images.shape as Shape4;
  const sizes = graph.list([batch, channels, ...size]);
  const centres = halfPixelCenters ? 'half_pixel' : 'asymmetric';
  const resized = graph.node('Resize', [channelsFirst(value(images), scope), '', '', sizes], {
    mode,
    coordinate_transformation_mode: alignCorners ? 'align_corners' : centres,
    nearest_mode: alignCorners ? 'round_prefer_ceil' : 'floor',
  });
  return channelsLast(resized, scope);
}

/** Pooling, resizing, and the gradients of pooling. */
export const poolings: Family = {
  AvgPool: averagePool,
  AvgPoolGrad: averagePoolGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
  ResizeBilinear: resizeBilinear,
  ResizeNearestNeighbor: resizeNearest,
};
