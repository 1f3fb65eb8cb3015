import * as tf from '@tensorflow/tfjs-core';
import { Module } from './module.js';

/** What stands outside the input: zeros, its mirror image, its edge, or its other end. */
export type PaddingMode = 'zeros' | 'reflect' | 'replicate' | 'circular';

/** [before, after] of one axis. */
export type Margin = readonly [number, number];

/**
 * Pads the two middle axes of an image.
 *
 * @param x - [batch, height, width, channels]
 * @param margins - of height, of width
 * @throws RangeError if the mode needs more of the input than there is
 * @see torch.nn.functional.pad
 */
export function pad2d(
  x: tf.Tensor,
  margins: readonly [Margin, Margin],
  mode: PaddingMode = 'zeros',
): tf.Tensor {
  const [[top, bottom], [left, right]] = margins;
  if (top + bottom + left + right === 0) return tf.clone(x);
  if (mode === 'zeros') {
    return tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
  }
  return tf.tidy(() => padAxis(padAxis(x, 1, margins[0], mode), 2, margins[1], mode));
}

/** Pads images by a fixed margin. */
export class Pad2d extends Module {
  readonly margins: readonly [Margin, Margin];
  readonly mode: PaddingMode;

  constructor(margins: readonly [Margin, Margin], mode: PaddingMode = 'zeros') {
    super();
    this.margins = margins;
    this.mode = mode;
  }

  override call(x: tf.Tensor): tf.Tensor {
    return pad2d(x, this.margins, this.mode);
  }
}

// Slices and reversals rather than MirrorPad, which has no gradient in tfjs.
function padAxis(x: tf.Tensor, axis: number, [before, after]: Margin, mode: PaddingMode): tf.Tensor {
  const size = x.shape[axis] as number;
  const most = mode === 'reflect' ? size - 1 : mode === 'circular' ? size : Number.POSITIVE_INFINITY;
  if (Math.max(before, after) > most) {
    throw new RangeError(
      `pad2d: ${mode} padding of an axis of ${size} can add at most ${most}, got ${Math.max(before, after)}.`,
    );
  }
  const piece = (start: number, length: number): tf.Tensor => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0));
    return tf.slice(
      x,
      begin,
      x.shape.map((full, i) => (i === axis ? length : full)),
    );
  };
  const edge = (start: number, count: number) =>
    tf.tile(
      piece(start, 1),
      x.shape.map((_, i) => (i === axis ? count : 1)),
    );
  const parts = {
    reflect: () => [tf.reverse(piece(1, before), axis), x, tf.reverse(piece(size - 1 - after, after), axis)],
    replicate: () => [edge(0, before), x, edge(size - 1, after)],
    circular: () => [piece(size - before, before), x, piece(0, after)],
    zeros: () => [x],
  }[mode]();
  return tf.concat(
    parts.filter((part) => (part.shape[axis] as number) > 0),
    axis,
  );
}
