import { backend_util } from '@tensorflow/tfjs-core';
import type { KernelCall } from '../recording.js';
import { type Scope, UntranslatableError } from './translator.js';

type Shape4 = [number, number, number, number];

/** The numbers of a convolution, all axes NHWC and filters HWIO. */
export interface Geometry {
  batch: number;
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

/** @throws UntranslatableError for NCHW */
export function geometry(
  call: KernelCall,
  shapes: { x: readonly number[]; filter: readonly number[] },
): Geometry {
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
    batch: info.batchSize,
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

export function isUnitStride({ stride }: Geometry): boolean {
  return stride.every((step) => step === 1);
}

/** Input pixels past the last window, which a stride leaves out. */
export function uncovered(shape: Geometry, axis: 0 | 1): number {
  const { inputSize, outputSize, stride, window, dilation, margins } = shape;
  const covered = (outputSize[axis] - 1) * stride[axis] + (window[axis] - 1) * dilation[axis] + 1;
  return inputSize[axis] - (covered - margins[axis] - (margins[axis + 2] as number));
}

/** Where the places of a window lie from its corner, row by row. */
export function windowPlaces({ window, dilation }: Geometry): [number, number][] {
  const [height, width] = window;
  return Array.from({ length: height * width }, (_, i) => [
    Math.floor(i / width) * dilation[0],
    (i % width) * dilation[1],
  ]);
}

/**
 * For each place in the window: the input pixel it lies on for every output.
 *
 * @param axes - of height and width in `x`, which holds images
 */
export function windowViews(
  x: string,
  shape: Geometry,
  axes: readonly [number, number],
  { graph }: Scope,
): string[] {
  const padded = padImages(x, shape, axes, graph);
  return windowPlaces(shape).map((starts) => {
    const ends = starts.map(
      (start, axis) => start + ((shape.outputSize[axis] as number) - 1) * (shape.stride[axis] as number) + 1,
    );
    const isWhole =
      padded === x && starts.every((start, axis) => start === 0 && ends[axis] === shape.inputSize[axis]);
    if (isWhole) return x;
    return graph.node('Slice', [
      padded,
      ...[starts, ends, axes, shape.stride].map((list) => graph.list(list)),
    ]);
  });
}

function padImages(
  x: string,
  { margins }: Geometry,
  axes: readonly [number, number],
  graph: Scope['graph'],
): string {
  if (margins.every((margin) => margin === 0)) return x;
  const amounts = new Array<number>(8).fill(0);
  for (const [i, axis] of axes.entries()) {
    amounts[axis] = margins[i] as number;
    amounts[4 + axis] = margins[i + 2] as number;
  }
  return graph.node('Pad', [x, graph.list(amounts)]);
}
