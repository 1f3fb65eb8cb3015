import {
  cast,
  engine,
  expandDims,
  gatherND,
  mul,
  oneHot,
  ones,
  pad,
  reshape,
  reverse,
  scatterND,
  slice,
  slice_util,
  sum,
  type Tensor,
  type Tensor4D,
  tensorScatterUpdate,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

const REASON = 'tfjs-core has no gradient for it';

/** Gradients of what picks, places and rearranges values. */
export function indexingRepairs(): GradientRepair[] {
  return [
    stridedSlice(),
    gatherNd(),
    scatterNd(),
    scatterUpdate(),
    flip(),
    topK(),
    depthToSpaceRepair(),
    cumsum(),
    tile(),
  ];
}

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

function stridedSlice(): GradientRepair {
  return {
    kernelName: 'StridedSlice',
    action: 'added',
    reason: REASON,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor;
      const a = attrs as unknown as StridedSliceAttrs;
      const { finalShapeSparse, begin, end, strides } = slice_util.sliceInfo(
        shape,
        a.begin,
        a.end,
        a.strides,
        a.beginMask,
        a.endMask,
        a.ellipsisMask,
        a.newAxisMask,
        a.shrinkAxisMask,
      );
      return {
        x: () => {
          const counts = shape.map((_, axis) => count(begin[axis] ?? 0, end[axis] ?? 0, strides[axis] ?? 1));
          if (counts.some((n) => n === 0) || finalShapeSparse.includes(0)) return zeros(shape);
          return shape.reduce<Tensor>(
            (flow, size, axis) => spread(flow, axis, size, begin[axis] ?? 0, strides[axis] ?? 1),
            reshape(dy as Tensor, counts),
          );
        },
      };
    },
  };
}

function count(begin: number, end: number, stride: number): number {
  return Math.max(0, Math.ceil((end - begin) / stride));
}

/** Puts slice i along `axis` at begin + i·stride of `size` zeros. */
function spread(flow: Tensor, axis: number, size: number, begin: number, stride: number): Tensor {
  const n = flow.shape[axis] ?? 0;
  const step = Math.abs(stride);
  const start = stride > 0 ? begin : begin + (n - 1) * stride;
  const ordered = stride > 0 ? flow : reverse(flow, axis);
  const gapped = step === 1 ? ordered : gap(ordered, axis, step);
  const length = (n - 1) * step + 1;
  const margins = flow.shape.map((_, i): [number, number] =>
    i === axis ? [start, size - start - length] : [0, 0],
  );
  return pad(gapped, margins);
}

/** `step` − 1 zeros between neighbours along `axis`. */
export function gap(flow: Tensor, axis: number, step: number): Tensor {
  const { shape } = flow;
  const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const after = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const n = shape[axis] ?? 1;
  const rows = pad(reshape(flow, [before * n, 1, after]), [
    [0, 0],
    [0, step - 1],
    [0, 0],
  ]);
  const wide = reshape(rows, [before, n * step, after]);
  const cut = slice(wide, [0, 0, 0], [before, (n - 1) * step + 1, after]);
  return reshape(cut, [...shape.slice(0, axis), (n - 1) * step + 1, ...shape.slice(axis + 1)]);
}

function gatherNd(): GradientRepair {
  return {
    kernelName: 'GatherNd',
    action: 'added',
    reason: REASON,
    inputsToSave: ['params', 'indices'],
    gradFunc: (dy, saved) => {
      const [params, indices] = saved as [Tensor, Tensor];
      return {
        params: () => scatterND(indices, dy as Tensor, params.shape as never),
        indices: () => zeros(indices.shape),
      };
    },
  };
}

function scatterNd(): GradientRepair {
  return {
    kernelName: 'ScatterNd',
    action: 'added',
    reason: REASON,
    inputsToSave: ['indices'],
    gradFunc: (dy, saved) => {
      const [indices] = saved as [Tensor];
      return { updates: () => gatherND(dy as Tensor, indices), indices: () => zeros(indices.shape) };
    },
  };
}

function scatterUpdate(): GradientRepair {
  return {
    kernelName: 'TensorScatterUpdate',
    action: 'added',
    reason: REASON,
    inputsToSave: ['indices', 'updates'],
    gradFunc: (dy, saved) => {
      const [indices, updates] = saved as [Tensor, Tensor];
      return {
        tensor: () => {
          const kept = tensorScatterUpdate(ones((dy as Tensor).shape), indices, zeros(updates.shape));
          return mul(dy as Tensor, kept);
        },
        indices: () => zeros(indices.shape),
        updates: () => gatherND(dy as Tensor, indices),
      };
    },
  };
}

function flip(): GradientRepair {
  return {
    kernelName: 'FlipLeftRight',
    action: 'added',
    reason: REASON,
    gradFunc: (dy) => ({ image: () => reverse(dy as Tensor, 2) }),
  };
}

function topK(): GradientRepair {
  return {
    kernelName: 'TopK',
    action: 'added',
    reason: REASON,
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [x, indices] = saved as [Tensor, Tensor];
      const [dy] = dys as Tensor[];
      return {
        x: () => {
          const places = cast(oneHot(cast(indices, 'int32'), x.shape.at(-1) ?? 1), 'float32');
          return sum(mul(places, expandDims(dy as Tensor, -1)), -2);
        },
      };
    },
  };
}

/** [n, h, w, c·b²] → [n, h·b, w·b, c], so back: split rows and columns into blocks, blocks into channels. */
function depthToSpaceRepair(): GradientRepair {
  return {
    kernelName: 'DepthToSpace',
    action: 'added',
    reason: REASON,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor4D;
      const { blockSize, dataFormat } = attrs as unknown as { blockSize: number; dataFormat: string };
      if (dataFormat !== 'NHWC') {
        throw new RangeError(
          `depthToSpace: the gradient must be asked for NHWC, got ${dataFormat}. Transpose first.`,
        );
      }
      const [n, h, w, deep] = shape;
      const c = deep / blockSize ** 2;
      return {
        x: () => {
          const blocks = reshape(dy as Tensor, [n, h, blockSize, w, blockSize, c]);
          return reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), shape);
        },
      };
    },
  };
}

function cumsum(): GradientRepair {
  return {
    kernelName: 'Cumsum',
    action: 'repaired',
    reason: 'failed for every axis but the last',
    inputsToSave: ['x'],
    gradFunc: (dy, _, attrs) => {
      const {
        axis,
        exclusive,
        reverse: reversed,
      } = attrs as unknown as {
        axis: number;
        exclusive: boolean;
        reverse: boolean;
      };
      const back = { axis, exclusive, reverse: !reversed };
      return { x: () => engine().runKernel('Cumsum', { x: dy as Tensor }, back) as Tensor };
    },
  };
}

function tile(): GradientRepair {
  return {
    kernelName: 'Tile',
    action: 'repaired',
    reason: 'none above rank 4, and one sliced addition per repetition below',
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor;
      const { reps } = attrs as unknown as { reps: number[] };
      return {
        x: () =>
          shape.reduce<Tensor>((flow, size, axis) => {
            const repeats = reps[axis] ?? 1;
            if (repeats === 1) return flow;
            const before = flow.shape.slice(0, axis);
            const after = flow.shape.slice(axis + 1);
            const inner = after.reduce((a, b) => a * b, 1);
            const outer = before.reduce((a, b) => a * b, 1);
            const sums = sum(reshape(flow, [outer, repeats, size * inner]), 1);
            return reshape(sums, [...before, size, ...after]);
          }, dy as Tensor),
      };
    },
  };
}
