import {
  broadcast_util,
  cast,
  greaterEqual,
  lessEqual,
  matMul,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

/** Adds up what a tensor of `shape` was broadcast to. */
function reduceTo(gradient: Tensor, shape: number[]): Tensor {
  const axes = broadcast_util.getReductionAxes(shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, shape);
}

const REASON = 'failed where one side was broadcast';

/** (a − b)², larger and smaller of two, products of batches: each side gets back its own shape. */
export function broadcastRepairs(): GradientRepair[] {
  return [squaredDifference(), choice('Maximum'), choice('Minimum'), batchMatMul()];
}

function squaredDifference(): GradientRepair {
  return {
    kernelName: 'SquaredDifference',
    action: 'repaired',
    reason: REASON,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      const slope = () => mul(dy as Tensor, mul(2, sub(a, b)));
      return { a: () => reduceTo(slope(), a.shape), b: () => reduceTo(neg(slope()), b.shape) };
    },
  };
}

/** The whole gradient goes to the side that was chosen; to `a` where both are equal. */
function choice(kernelName: 'Maximum' | 'Minimum'): GradientRepair {
  const wins = kernelName === 'Maximum' ? greaterEqual : lessEqual;
  return {
    kernelName,
    action: 'repaired',
    reason: REASON,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      const won = () => cast(wins(a, b), 'float32');
      return {
        a: () => reduceTo(mul(dy as Tensor, won()), a.shape),
        b: () => reduceTo(mul(dy as Tensor, sub(1, won())), b.shape),
      };
    },
  };
}

function batchMatMul(): GradientRepair {
  return {
    kernelName: 'BatchMatMul',
    action: 'repaired',
    reason: REASON,
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved as [Tensor, Tensor];
      const g = dy as Tensor;
      const { transposeA, transposeB } = attrs as { transposeA?: boolean; transposeB?: boolean };
      const [ta, tb] = [Boolean(transposeA), Boolean(transposeB)];
      const ofA = () => (ta ? matMul(b, g, tb, true) : matMul(g, b, false, !tb));
      const ofB = () => (tb ? matMul(g, a, true, ta) : matMul(a, g, !ta, false));
      return { a: () => reduceTo(ofA(), a.shape), b: () => reduceTo(ofB(), b.shape) };
    },
  };
}
