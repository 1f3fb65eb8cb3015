import { channelsFirst, channelsLast } from './arrangement.js';
import { type Geometry, geometry, isUnitStride, uncovered, windowViews } from './geometry.js';
import { finish } from './products.js';
import { asRows } from './rows.js';
import { type Family, input, listAttribute, output, type Scope, type Translator } from './translator.js';
import {
  isUnfolded,
  unfoldedConvolution,
  unfoldedFilterGradient,
  unfoldedInputGradient,
} from './unfolded-convolutions.js';

const convolve: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [x, filter] = [input(call, 'x'), input(call, 'filter')];
  const shape = geometry(call, { x: x.shape, filter: filter.shape });
  if (isUnfolded(shape, scope)) {
    return scope.reshape(unfoldedConvolution(value(x), value(filter), shape, scope), output(call));
  }
  const y = graph.node(
    'Conv',
    [channelsFirst(value(x), scope), convolutionWeights(value(filter), shape, scope)],
    {
      pads: shape.margins,
      strides: shape.stride,
      dilations: shape.dilation,
      group: shape.depthwise ? shape.inChannels : 1,
    },
  );
  return channelsLast(y, scope);
};

const fused: Translator = (call, scope) => finish(call, scope, convolve(call, scope) as string);

const inputGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [dy, filter] = [input(call, 'dy'), input(call, 'filter')];
  const shape = geometry(call, { x: listAttribute(call, 'inputShape'), filter: filter.shape });
  if (isUnfolded(shape, scope)) return unfoldedInputGradient(value(dy), value(filter), shape, scope);
  const dyFirst = channelsFirst(value(dy), scope);
  if (canBeTurned(shape)) {
    return channelsLast(flippedConvolution(dyFirst, value(filter), shape, scope), scope);
  }
  const spread = graph.node('ConvTranspose', [dyFirst, convolutionWeights(value(filter), shape, scope)], {
    pads: shape.margins,
    strides: shape.stride,
    dilations: shape.dilation,
    group: shape.depthwise ? shape.inChannels : 1,
    output_padding: [uncovered(shape, 0), uncovered(shape, 1)],
  });
  return channelsLast(spread, scope);
};

/** Margins wider than a window reaches would be negative ones of the turned convolution. */
function canBeTurned(shape: Geometry): boolean {
  const { depthwise, outChannels, margins } = shape;
  const reach = reachOf(shape);
  const isWithinReach = margins.every((margin, side) => margin <= (reach[side % 2] as number));
  return isUnitStride(shape) && isWithinReach && !(depthwise && outChannels !== 1);
}

/** How far a window's last place lies from its first. */
function reachOf({ window, dilation }: Geometry): number[] {
  return window.map((size, axis) => (size - 1) * (dilation[axis] as number));
}

/** For stride 1: a convolution of the gradient with the filter turned around, faster than ConvTranspose. */
function flippedConvolution(dy: string, filter: string, shape: Geometry, scope: Scope): string {
  const { graph } = scope;
  const { window, inChannels, outChannels, depthwise } = shape;
  const count = window[0] * window[1];
  const places = graph.node('Reshape', [filter, graph.list([count, inChannels * outChannels])]);
  const turned = graph.node(
    'Gather',
    [places, graph.list(Array.from({ length: count }, (_, i) => count - 1 - i))],
    {
      axis: 0,
    },
  );
  const weights = graph.node('Reshape', [
    graph.node('Transpose', [turned], { perm: [1, 0] }),
    graph.list([inChannels, outChannels, ...window]),
  ]);
  const reach = reachOf(shape);
  return graph.node('Conv', [dy, weights], {
    pads: shape.margins.map((margin, side) => (reach[side % 2] as number) - margin),
    dilations: shape.dilation,
    group: depthwise ? inChannels : 1,
  });
}

/** Images this large give each of their own products enough to do; those of smaller ones are taken together. */
const fewestPixelsPerProduct = 256;

/** Per place in the window one product: pixels seen there times the gradient. */
const filterGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const shape = geometry(call, { x: x.shape, filter: listAttribute(call, 'filterShape') });
  if (isUnfolded(shape, scope)) {
    return scope.reshape(unfoldedFilterGradient(value(x), value(dy), shape, scope), output(call));
  }
  const { batch, inChannels, outChannels, outputSize } = shape;
  const pixels = outputSize[0] * outputSize[1];
  let parts: string[];
  if (pixels < fewestPixelsPerProduct) {
    const rows = asRows(value(dy), outChannels, scope);
    parts = windowViews(value(x), shape, [1, 2], scope).map((view) =>
      graph.node('Gemm', [asRows(view, inChannels, scope), rows], { transA: 1 }),
    );
  } else {
    // images channels first: no product transposes what it reads
    const rows = graph.node('Reshape', [value(dy), graph.list([batch, pixels, outChannels])]);
    parts = windowViews(channelsFirst(value(x), scope), shape, [2, 3], scope).map((view) => {
      const planes = graph.node('Reshape', [view, graph.list([batch, inChannels, pixels])]);
      return graph.node('ReduceSum', [graph.node('MatMul', [planes, rows]), graph.list([0])], {
        keepdims: 0,
      });
    });
  }
  return scope.reshape(graph.node('Concat', parts, { axis: 0 }), output(call));
};

/** One convolution with windows as large as the images: a channel's images are a group, its gradients their filter. */
const depthwiseFilterGradient: Translator = (call, scope) => {
  const { graph, value } = scope;
  const [x, dy] = [input(call, 'x'), input(call, 'dy')];
  const shape = geometry(call, { x: x.shape, filter: listAttribute(call, 'filterShape') });
  const { batch, window, inputSize, outputSize, margins, stride, dilation, inChannels, outChannels } = shape;
  const images = graph.node('Reshape', [
    graph.node('Transpose', [value(x)], { perm: [3, 0, 1, 2] }),
    graph.list([1, inChannels * batch, ...inputSize]),
  ]);
  const gradients = graph.node('Reshape', [
    graph.node('Transpose', [value(dy)], { perm: [3, 0, 1, 2] }),
    graph.list([inChannels * outChannels, batch, ...outputSize]),
  ]);
  const correlated = graph.node('Conv', [images, gradients], {
    pads: margins,
    strides: dilation,
    dilations: stride,
    group: inChannels,
  });
  // pixels that a stride leaves out would make the window larger
  const isLarger = [0, 1].some((axis) => uncovered(shape, axis as 0 | 1) > 0);
  const filter = isLarger
    ? graph.node('Slice', [correlated, ...[[0, 0], window, [2, 3]].map((list) => graph.list(list))])
    : correlated;
  const places = graph.node('Reshape', [
    filter,
    graph.list([inChannels * outChannels, window[0] * window[1]]),
  ]);
  return scope.reshape(graph.node('Transpose', [places], { perm: [1, 0] }), output(call));
};

/** HWIO to OIHW; of depthwise ones [height, width, channels, multiplier] to [channels × multiplier, 1, height, width]. */
function convolutionWeights(filter: string, shape: Geometry, { graph }: Scope): string {
  if (!shape.depthwise) return graph.node('Transpose', [filter], { perm: [3, 2, 0, 1] });
  const { window, inChannels, outChannels } = shape;
  const turned = graph.node('Transpose', [filter], { perm: [2, 3, 0, 1] });
  return graph.node('Reshape', [turned, graph.list([inChannels * outChannels, 1, ...window])]);
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
