import { type Tensor, zeros } from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

const OF_TWO = [
  'Equal',
  'NotEqual',
  'Greater',
  'GreaterEqual',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
];
const OF_ONE = ['LogicalNot', 'IsNan', 'IsInf', 'IsFinite', 'ArgMax', 'ArgMin', 'All', 'Any'];

/** What only chooses carries no gradient: a mask computed from a differentiated tensor no longer stops training. */
export function comparisonRepairs(): GradientRepair[] {
  return [...OF_TWO.map((name) => flat(name, ['a', 'b'])), ...OF_ONE.map((name) => flat(name, ['x']))];
}

function flat(kernelName: string, inputs: string[]): GradientRepair {
  return {
    kernelName,
    action: 'added',
    reason: 'a mask of a differentiated tensor stopped training; its gradient is zero',
    inputsToSave: inputs,
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => zeros((saved[i] as Tensor).shape)])),
  };
}
