import {
  backend_util,
  conv2d,
  matMul,
  pad,
  reshape,
  reverse,
  slice,
  stack,
  stridedSlice,
  type Tensor,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import { gap } from '../gradients/indexing.js';

type Shape4 = [number, number, number, number];

/** dW of a convolution: one product per tap of the filter, of the shifted image with the flow. */
export function filterGradient([x, dy]: readonly Tensor[], attrs: Record<string, unknown>): Tensor {
  const image = x as Tensor4D;
  const flow = dy as Tensor4D;
  const filterShape = attrs.filterShape as Shape4;
  const info = shapeOf(image.shape, filterShape, attrs);
  const { outHeight, outWidth, strideHeight, strideWidth } = info;
  const [filterHeight, filterWidth, inChannels, outChannels] = filterShape;
  // as far as the last tap of the last output reaches
  const reach = [
    (outHeight - 1) * strideHeight + filterHeight,
    (outWidth - 1) * strideWidth + filterWidth,
  ] as const;
  const { top, left } = info.padInfo;
  const wide = placed(image, top, reach[0] - image.shape[1] - top, left, reach[1] - image.shape[2] - left);
  const rows = reshape(flow, [-1, outChannels]);
  const taps: Tensor[] = [];
  for (let y = 0; y < filterHeight; y++) {
    for (let x = 0; x < filterWidth; x++) {
      const shifted = window(wide, y, x, info);
      taps.push(matMul(reshape(shifted, [-1, inChannels]), rows, true, false));
    }
  }
  return reshape(stack(taps), filterShape);
}

/** dx of a convolution: the flow, spread by the stride, convolved with the filter turned round. */
export function imageGradient(operands: readonly Tensor[], attrs: Record<string, unknown>): Tensor {
  const [dy, filter] = operands as [Tensor4D, Tensor4D];
  const inputShape = attrs.inputShape as Shape4;
  const [filterHeight, filterWidth] = filter.shape;
  const info = shapeOf(inputShape, filter.shape, attrs);
  const spread = [info.strideHeight, info.strideWidth].reduce<Tensor>(
    (flow, stride, i) => (stride === 1 ? flow : gap(flow, i + 1, stride)),
    dy,
  ) as Tensor4D;
  const [top, left] = [filterHeight - 1 - info.padInfo.top, filterWidth - 1 - info.padInfo.left];
  const bottom = inputShape[1] + filterHeight - 1 - spread.shape[1] - top;
  const right = inputShape[2] + filterWidth - 1 - spread.shape[2] - left;
  const turned = transpose(reverse(filter, [0, 1]), [0, 1, 3, 2]);
  return conv2d(placed(spread, top, bottom, left, right), turned, 1, 'valid');
}

function shapeOf(
  imageShape: Shape4,
  filterShape: Shape4,
  attrs: Record<string, unknown>,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    imageShape,
    filterShape,
    attrs.strides as [number, number],
    1,
    attrs.pad as number,
    attrs.dimRoundingMode as 'floor' | undefined,
  );
}

/** Zeros around an image; a negative margin cuts it. */
function placed(image: Tensor4D, top: number, bottom: number, left: number, right: number): Tensor4D {
  const [images, height, width, channels] = image.shape;
  const cut = (margin: number): number => Math.max(0, -margin);
  const kept = slice(
    image,
    [0, cut(top), cut(left), 0],
    [images, height - cut(top) - cut(bottom), width - cut(left) - cut(right), channels],
  );
  const more = (margin: number): number => Math.max(0, margin);
  return pad(kept, [
    [0, 0],
    [more(top), more(bottom)],
    [more(left), more(right)],
    [0, 0],
  ]);
}

/** What one tap of the filter sees: [images, outHeight, outWidth, channels]. */
function window(image: Tensor4D, y: number, x: number, info: backend_util.Conv2DInfo): Tensor {
  const [images, , , channels] = image.shape;
  const { outHeight, outWidth, strideHeight, strideWidth } = info;
  if (strideHeight === 1 && strideWidth === 1) {
    return slice(image, [0, y, x, 0], [images, outHeight, outWidth, channels]);
  }
  const end = [
    images,
    y + (outHeight - 1) * strideHeight + 1,
    x + (outWidth - 1) * strideWidth + 1,
    channels,
  ];
  return stridedSlice(image, [0, y, x, 0], end, [1, strideHeight, strideWidth, 1]);
}
