import { einsum, reshape, type Tensor, tile } from '@tensorflow/tfjs-core';
import type { GradientRepair } from './repair.js';

/** The gradient of one operand is an einsum of the flow with the other operands. */
export function einsumRepair(): GradientRepair {
  return {
    kernelName: 'Einsum',
    action: 'added',
    reason: 'tfjs-core has no gradient for it',
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const [left = '', output = ''] = String(attrs.equation).replace(/\s/g, '').split('->');
      const terms = left.split(',');
      return Object.fromEntries(
        saved.map((operand, i) => [
          i,
          () => gradientOf(i, terms, output, dy as Tensor, saved as Tensor[], operand),
        ]),
      );
    },
  };
}

function gradientOf(
  index: number,
  terms: readonly string[],
  output: string,
  dy: Tensor,
  operands: readonly Tensor[],
  { shape }: Tensor,
): Tensor {
  const own = terms[index] ?? '';
  if (new Set(own).size < own.length) {
    throw new RangeError(
      `einsum: the gradient must be asked for terms without repeated letters, got "${own}". ` +
        'Take the diagonal with a mask and a sum instead.',
    );
  }
  const others = terms.filter((_, i) => i !== index);
  const known = [...own].filter(
    (letter) => output.includes(letter) || others.some((term) => term.includes(letter)),
  );
  const equation = `${[output, ...others].join(',')}->${known.join('')}`;
  const flow = einsum(equation, dy, ...operands.filter((_, i) => i !== index));
  // letters that only this operand has were summed away: every one of their values gets the same
  const kept = [...own].map((letter, axis) => (known.includes(letter) ? (shape[axis] ?? 1) : 1));
  return tile(
    reshape(flow, kept),
    shape.map((size, axis) => size / (kept[axis] ?? 1)),
  );
}
