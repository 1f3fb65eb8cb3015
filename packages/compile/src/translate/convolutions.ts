import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelCall } from '../recording.js';
import { channelsFirst, channelsLast } from './arrangement.js';
import { finish } from './products.js';
import {
  type Family,
  input,
  listAttribute,
  output,
  type Scope,
  type Translator,
  UntranslatableError,
} from './translator.js';

type Shape4 = [number, number, number, number];

/** The numbers of a convolution, all axes NHWC and filters HWIO. */
interface Geometry {
  window: [number, number];
  stride: [number, number];
  dilation: [number, number];
  outputSize: [number, number];
  inputSize: [number, number];
  /** top, left, bottom, right */
  margins: [number, number, number, number];
  inChannels: number;
  /** per input channel when depthwise, in all otherwise */
  outChannels: number;
  depthwise: boolean;
}

function geometry(call: KernelCall, shapes: { x: readonly number[]; filter: readonly number[] }): Geometry {
  const {
    strides,
    dilations = 1,
    pad,
    dimRoundingMode,
    dataFormat,
  } = call.attributes as {
    strides: number | [number, number];
    dilations?: number | [number, number];
    pad: 'same' | 'valid' | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
    dataFormat?: string;
  };
  if (dataFormat === 'NCHW') throw new UntranslatableError('dataFormat NCHW');
  const depthwise = call.kernel.startsWith('Depthwise') || call.kernel === 'FusedDepthwiseConv2D';
  const info = backend_util.computeConv2DInfo(
    shapes.x as Shape4,
    shapes.filter as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
    'channelsLast',
  );
  const { top, left, bottom, right } = info.padInfo;
  return {
    window: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    dilation: [info.dilationHeight, info.dilationWidth],
    outputSize: [info.outHeight, info.outWidth],
    inputSize: [info.inHeight, info.inWidth],
    margins: [top, left, bottom, right],
    inChannels: shapes.filter[2] as number,
    outChannels: shapes.filter[3] as number,
    depthwise,
  };
}

/** A 1 × 1 convolution is a product over rows of pixels: no transposes, and the fastest kernel there is. */
function isPointwise({ window, margins, depthwise }: Geometry): boolean {
  return !depthwise && window.every((size) => size === 1) && margins.every((margin) => margin === 0);
}

function convolve(call: KernelCall, scope: Scope): string {
  const { graph, value } = scope;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const shape = geometry(call, { x: x.shape, filter: filter.shape });
  if (isPointwise(shape)) {
    const rows = pixelRows(strided(value(x), shape, scope), shape.inChannels, scope);
    const product = graph.node('Gemm', [rows, filterMatrix(value(filter), shape, scope)]);
    return scope.reshape(product, output(call));
  }
  const weights = shape.depthwise
    ? depthwiseWeights(value(filter), shape, scope)
    : graph.node('Transpose', [value(filter)], { perm: [3, 2, 0, 1] });
  const y = graph.node('Conv', [channelsFirst(value(x), scope), weights], {
    pads: shape.margins,
    strides: shape.stride,
    dilations: shape.dilation,
    group: shape.depthwise ? shape.inChannels : 1,
  });
  return channelsLast(y, scope);
}

const fused: Translator = (call, scope) => finish(call, scope, convolve(call, scope));

const inputGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
  const shape = geometry(call, { x: listAttribute(call, 'inputShape'), filter: filter.shape });
  if (isPointwise(shape) && isUnitStride(shape)) {
    const rows = pixelRows(value(dy), shape.outChannels, scope);
    const product = graph.node('Gemm', [rows, filterMatrix(value(filter), shape, scope)], { transB: 1 });
    return scope.reshape(product, output(call));
  }
  const dyFirst = channelsFirst(value(dy), scope);
  if (isUnitStride(shape))
    return channelsLast(flippedConvolution(dyFirst, value(filter), shape, scope), scope);
  const weights = shape.depthwise
    ? depthwiseWeights(value(filter), shape, scope)
    : graph.node('Transpose', [value(filter)], { perm: [3, 2, 0, 1] });
  const spread = graph.node('ConvTranspose', [dyFirst, weights], {
    pads: shape.margins,
    strides: shape.stride,
    dilations: shape.dilation,
    group: shape.depthwise ? shape.inChannels : 1,
    output_padding: [uncovered(shape, 0), uncovered(shape, 1)],
  });
  return channelsLast(spread, scope);
};

/** For stride 1: a convolution of the gradient with the filter turned around, faster than ConvTranspose. */
function flippedConvolution(dy: string, filter: string, shape: Geometry, scope: Scope): string {
  const { graph } = scope;
  const arranged = shape.depthwise
    ? depthwiseWeights(filter, shape, scope)
    : graph.node('Transpose', [filter], { perm: [2, 3, 0, 1] });
  if (shape.depthwise && shape.outChannels !== 1) {
    const attributes = { pads: shape.margins, dilations: shape.dilation, group: shape.inChannels };
    return graph.node('ConvTranspose', [dy, arranged], attributes);
  }
  const flipped = graph.node('Slice', [
    arranged,
    graph.list([-1, -1]),
    graph.list([-(2 ** 31), -(2 ** 31)]),
    graph.list([2, 3]),
    graph.list([-1, -1]),
  ]);
  const reach = shape.window.map((size, axis) => (size - 1) * (shape.dilation[axis] as number));
  return graph.node('Conv', [dy, flipped], {
    pads: shape.margins.map((margin, side) => (reach[side % 2] as number) - margin),
    dilations: shape.dilation,
    group: shape.depthwise ? shape.inChannels : 1,
  });
}

/** Per place in the window one product: pixels seen there, transposed, times the gradient. */
const filterGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const shape = geometry(call, { x: x.shape, filter: listAttribute(call, 'filterShape') });
  const { inChannels, outChannels } = shape;
  if (isPointwise(shape)) {
    const rows = pixelRows(strided(value(x), shape, scope), inChannels, scope);
    const product = graph.node('Gemm', [rows, pixelRows(value(dy), outChannels, scope)], { transA: 1 });
    return scope.reshape(product, output(call));
  }
  const rows = pixelRows(value(dy), outChannels, scope);
  const parts = windowViews(value(x), shape, scope).map((view) =>
    graph.node('Gemm', [pixelRows(view, inChannels, scope), rows], { transA: 1 }),
  );
  return scope.reshape(graph.node('Concat', parts, { axis: 0 }), output(call));
};

const depthwiseFilterGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const shape = geometry(call, { x: x.shape, filter: listAttribute(call, 'filterShape') });
  const { inChannels, outChannels, outputSize } = shape;
  // [batch, height, width, inChannels, outChannels per input channel]
  const grouped = graph.node('Reshape', [
    value(dy),
    graph.list([-1, ...outputSize, inChannels, outChannels]),
  ]);
  const parts = windowViews(value(x), shape, scope).map((view) => {
    const column = graph.node('Unsqueeze', [view, graph.list([4])]);
    return graph.node('ReduceSum', [graph.node('Mul', [column, grouped]), graph.list([0, 1, 2])], {
      keepdims: 0,
    });
  });
  return scope.reshape(graph.node('Concat', parts, { axis: 0 }), output(call));
};

/** For each place in the window, row by row: the input pixel it lies on for every output, NHWC. */
function windowViews(x: string, shape: Geometry, { graph }: Scope): string[] {
  const [top, left, bottom, right] = shape.margins;
  const isPadded = shape.margins.some((margin) => margin > 0);
  const padded = isPadded ? graph.node('Pad', [x, graph.list([0, top, left, 0, 0, bottom, right, 0])]) : x;
  const views: string[] = [];
  for (let row = 0; row < shape.window[0]; row++) {
    for (let column = 0; column < shape.window[1]; column++) {
      const starts = [row * shape.dilation[0], column * shape.dilation[1]];
      const ends = starts.map(
        (start, axis) =>
          start + ((shape.outputSize[axis] as number) - 1) * (shape.stride[axis] as number) + 1,
      );
      const lists = [starts, ends, [1, 2], shape.stride].map((list) => graph.list(list));
      views.push(graph.node('Slice', [padded, ...lists]));
    }
  }
  return views;
}

function strided(x: string, shape: Geometry, { graph }: Scope): string {
  if (isUnitStride(shape)) return x;
  const lists = [[0, 0], shape.inputSize, [1, 2], shape.stride].map((list) => graph.list(list));
  return graph.node('Slice', [x, ...lists]);
}

function pixelRows(x: string, channels: number, { graph }: Scope): string {
  return graph.node('Reshape', [x, graph.list([-1, channels])]);
}

function filterMatrix(filter: string, { inChannels, outChannels }: Geometry, { graph }: Scope): string {
  return graph.node('Reshape', [filter, graph.list([inChannels, outChannels])]);
}

/** [height, width, channels, multiplier] to [channels × multiplier, 1, height, width]. */
function depthwiseWeights(filter: string, shape: Geometry, { graph }: Scope): string {
  const turned = graph.node('Transpose', [filter], { perm: [2, 3, 0, 1] });
  const channels = shape.inChannels * shape.outChannels;
  return graph.node('Reshape', [turned, graph.list([channels, 1, ...shape.window])]);
}

function isUnitStride({ stride }: Geometry): boolean {
  return stride.every((step) => step === 1);
}

/** Input pixels past the last window, which a stride leaves out. */
function uncovered(shape: Geometry, axis: 0 | 1): number {
  const { inputSize, outputSize, stride, window, dilation, margins } = shape;
  const covered = (outputSize[axis] - 1) * stride[axis] + (window[axis] - 1) * dilation[axis] + 1;
  return inputSize[axis] - (covered - margins[axis] - (margins[axis + 2] as number));
}

/** Convolutions and their gradients. */
export const convolutions: Family = {
  Conv2D: convolve,
  Conv2DBackpropFilter: filterGradient,
  Conv2DBackpropInput: inputGradient,
  DepthwiseConv2dNative: convolve,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
  DepthwiseConv2dNativeBackpropInput: inputGradient,
  FusedConv2D: fused,
  FusedDepthwiseConv2D: fused,
};
