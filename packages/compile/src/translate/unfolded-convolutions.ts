import { type Geometry, isUnitStride, windowPlaces, windowViews } from './geometry.js';
import { asRows } from './rows.js';
import type { Scope } from './translator.js';

/** Windows are also copied out where they are no more than so many times the values of the filter. */
const mostFiltersOfWindows = 4;

/**
 * Whether a convolution is written as products over unfolded windows (im2col). Filters then stay as TensorFlow.js
 * keeps them, which spares deep layers the transposes of large ones, and so do images. The windows of large images
 * would leave the cache; there ONNX Runtime's own convolution is faster. A 1 × 1 window needs no copy at all.
 */
export function isUnfolded(shape: Geometry, { unfoldUpTo }: Scope): boolean {
  const { batch, outputSize, margins, window, inChannels, outChannels, depthwise } = shape;
  if (depthwise) return false;
  if (window.every((size) => size === 1) && margins.every((margin) => margin === 0)) return true;
  if (unfoldUpTo === 0) return false;
  const values = batch * outputSize[0] * outputSize[1] * window[0] * window[1] * inChannels;
  const filter = window[0] * window[1] * inChannels * outChannels;
  return values <= Math.max(unfoldUpTo, mostFiltersOfWindows * filter);
}

/** Outputs as rows of pixels. */
export function unfoldedConvolution(x: string, filter: string, shape: Geometry, scope: Scope): string {
  return scope.graph.node('Gemm', [windowRows(x, shape, scope), filterMatrix(filter, shape, scope)]);
}

/** The filter's gradient as a matrix, one row per place in the window and input channel. */
export function unfoldedFilterGradient(x: string, dy: string, shape: Geometry, scope: Scope): string {
  const rows = [windowRows(x, shape, scope), asRows(dy, shape.outChannels, scope)];
  return scope.graph.node('Gemm', rows, { transA: 1 });
}

/** The images' gradient, NHWC: that of the windows, each put back to where it was taken, added up. */
export function unfoldedInputGradient(dy: string, filter: string, shape: Geometry, scope: Scope): string {
  const { graph } = scope;
  const { batch, outputSize, inputSize, margins, stride, window, inChannels } = shape;
  const count = window[0] * window[1];
  const rows = graph.node(
    'Gemm',
    [asRows(dy, shape.outChannels, scope), filterMatrix(filter, shape, scope)],
    { transB: 1 },
  );
  const windows = graph.node('Reshape', [rows, graph.list([batch, ...outputSize, count * inChannels])]);
  const views =
    count === 1
      ? [windows]
      : graph.nodes('Split', [windows, graph.list(new Array(count).fill(inChannels))], count, { axis: 3 });
  const placed = windowPlaces(shape).map((place, i) => {
    const spread = spreadOut(views[i] as string, shape, scope);
    const before = place.map((start, axis) => start - (margins[axis] as number));
    const after = before.map(
      (start, axis) =>
        (inputSize[axis] as number) - start - (outputSize[axis] as number) * (stride[axis] as number),
    );
    const amounts = [0, ...before, 0, 0, ...after, 0];
    return amounts.every((amount) => amount === 0)
      ? spread
      : graph.node('Pad', [spread, graph.list(amounts)]);
  });
  return placed.length === 1 ? (placed[0] as string) : graph.node('Sum', placed);
}

/** Every output pixel in the corner of a field of zeros as large as the stride. */
function spreadOut(x: string, shape: Geometry, { graph }: Scope): string {
  if (isUnitStride(shape)) return x;
  const { batch, outputSize, stride, inChannels } = shape;
  const [height, width] = outputSize;
  const apart = graph.node('Reshape', [x, graph.list([batch, height, 1, width, 1, inChannels])]);
  const amounts = [0, 0, 0, 0, 0, 0, 0, 0, stride[0] - 1, 0, stride[1] - 1, 0];
  const filled = graph.node('Pad', [apart, graph.list(amounts)]);
  return graph.node('Reshape', [
    filled,
    graph.list([batch, height * stride[0], width * stride[1], inChannels]),
  ]);
}

/** For every output pixel what its window holds, as a row. */
function windowRows(x: string, shape: Geometry, scope: Scope): string {
  const views = windowViews(x, shape, [1, 2], scope);
  const windows = views.length === 1 ? (views[0] as string) : scope.graph.node('Concat', views, { axis: 3 });
  return asRows(windows, views.length * shape.inChannels, scope);
}

function filterMatrix(filter: string, shape: Geometry, { graph }: Scope): string {
  const { window, inChannels, outChannels } = shape;
  return graph.node('Reshape', [filter, graph.list([window[0] * window[1] * inChannels, outChannels])]);
}
