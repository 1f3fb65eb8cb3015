import { matMul, reshape, type Tensor, type Tensor4D, tensor2d, transpose } from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

/** Ops that apply one matrix along each axis: the gradient applies its transpose. */
export function alongAxisRepairs(): GradientRepair[] {
  return [
    resize('ResizeBilinear', bilinearWeights),
    resize('ResizeNearestNeighbor', nearestWeights),
    mirrorPad(),
  ];
}

/** The flow of an axis of `out` values back to the `size` values that made them; weights [out, size]. */
function back(flow: Tensor, axis: number, weights: Float32Array, size: number): Tensor {
  const out = flow.shape[axis] ?? 1;
  const last = flow.rank - 1;
  const order = flow.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const turned = transpose(flow, order);
  const product = matMul(reshape(turned, [-1, out]), tensor2d(weights, [out, size]));
  return transpose(reshape(product, [...turned.shape.slice(0, -1), size]), order);
}

interface ResizeAttrs {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

type AxisWeights = (size: number, out: number, attrs: ResizeAttrs) => Float32Array;

function resize(kernelName: string, weights: AxisWeights): GradientRepair {
  return {
    kernelName,
    action: 'repaired',
    reason: 'wrong with half-pixel centres, and on cpu for images that are not square',
    inputsToSave: ['images'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor4D;
      const [, outHeight = 1, outWidth = 1] = (dy as Tensor).shape;
      const options = attrs as unknown as ResizeAttrs;
      return {
        images: () => {
          const rows = back(dy as Tensor, 1, weights(shape[1], outHeight, options), shape[1]);
          return back(rows, 2, weights(shape[2], outWidth, options), shape[2]);
        },
      };
    },
  };
}

function scaleOf(size: number, out: number, { alignCorners }: ResizeAttrs): number {
  return alignCorners && out > 1 ? (size - 1) / (out - 1) : size / out;
}

function bilinearWeights(size: number, out: number, attrs: ResizeAttrs): Float32Array {
  const scale = scaleOf(size, out, attrs);
  const weights = new Float32Array(out * size);
  for (let i = 0; i < out; i++) {
    const position = attrs.halfPixelCenters ? Math.max(0, (i + 0.5) * scale - 0.5) : i * scale;
    const low = Math.min(size - 1, Math.floor(position));
    const high = Math.min(size - 1, low + 1);
    add(weights, i * size + low, 1 - (position - low));
    add(weights, i * size + high, position - low);
  }
  return weights;
}

function nearestWeights(size: number, out: number, attrs: ResizeAttrs): Float32Array {
  const scale = scaleOf(size, out, attrs);
  const weights = new Float32Array(out * size);
  for (let i = 0; i < out; i++) {
    const position = (attrs.halfPixelCenters ? i + 0.5 : i) * scale;
    const nearest = attrs.alignCorners ? Math.round(position) : Math.floor(position);
    add(weights, i * size + Math.min(size - 1, nearest), 1);
  }
  return weights;
}

function mirrorPad(): GradientRepair {
  return {
    kernelName: 'MirrorPad',
    action: 'repaired',
    reason: 'left out what flows back through the mirrored values',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor;
      const { paddings, mode } = attrs as unknown as { paddings: [number, number][]; mode: string };
      return {
        x: () =>
          shape.reduce<Tensor>((flow, size, axis) => {
            const [before, after] = paddings[axis] ?? [0, 0];
            if (before + after === 0) return flow;
            return back(flow, axis, mirrorWeights(size, before, after, mode === 'reflect' ? 0 : 1), size);
          }, dy as Tensor),
      };
    },
  };
}

/** `repeat` 1 counts the border value twice (symmetric), 0 once (reflect). */
function mirrorWeights(size: number, before: number, after: number, repeat: number): Float32Array {
  const weights = new Float32Array((before + size + after) * size);
  for (let i = 0; i < before + size + after; i++) {
    const inside = i - before;
    const source = inside < 0 ? -inside - repeat : inside >= size ? 2 * (size - 1) - inside + repeat : inside;
    add(weights, i * size + source, 1);
  }
  return weights;
}

function add(weights: Float32Array, at: number, share: number): void {
  weights[at] = (weights[at] ?? 0) + share;
}
