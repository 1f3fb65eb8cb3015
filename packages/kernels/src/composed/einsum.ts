import { matMul, reshape, sum, type Tensor, type TensorInfo, tidy, transpose } from '@tensorflow/tfjs-core';

/** An einsum of one or two operands as sums, a batched product and transposes, each a kernel of the backend. */
export function einsum(equation: string, operands: readonly Tensor[]): TensorInfo {
  const [left = '', output = ''] = equation.replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if (terms.some((term) => new Set(term).size < term.length)) {
    throw new RangeError(
      `einsum: a term must not repeat a letter, got "${equation}". Take the diagonal with a mask and a sum.`,
    );
  }
  return tidy(() => {
    const [first, second] = operands.map((operand, i) => {
      const others = terms.filter((_, at) => at !== i).join('');
      return summed({ letters: terms[i] ?? '', tensor: operand }, output + others);
    });
    if (!first)
      throw new RangeError(`einsum: there must be one or two operands, got none for "${equation}".`);
    return arranged(second ? product(first, second, output) : first, output).tensor;
  });
}

interface Lettered {
  letters: string;
  tensor: Tensor;
}

/** Sums over the letters that nothing else needs. */
function summed({ letters, tensor }: Lettered, needed: string): Lettered {
  const axes = [...letters].flatMap((letter, axis) => (needed.includes(letter) ? [] : [axis]));
  if (axes.length === 0) return { letters, tensor };
  return {
    letters: [...letters].filter((letter) => needed.includes(letter)).join(''),
    tensor: sum(tensor, axes),
  };
}

function arranged({ letters, tensor }: Lettered, order: string): Lettered {
  if (letters === order) return { letters, tensor };
  return {
    letters: order,
    tensor: transpose(
      tensor,
      [...order].map((letter) => letters.indexOf(letter)),
    ),
  };
}

/** [batch, left, inner] · [batch, right, inner]ᵀ, the letters of each group side by side. */
function product(a: Lettered, b: Lettered, output: string): Lettered {
  const both = [...a.letters].filter((letter) => b.letters.includes(letter));
  const batch = both.filter((letter) => output.includes(letter)).join('');
  const inner = both.filter((letter) => !output.includes(letter)).join('');
  const left = [...a.letters].filter((letter) => !b.letters.includes(letter)).join('');
  const right = [...b.letters].filter((letter) => !a.letters.includes(letter)).join('');
  const sizes = new Map(
    [a, b].flatMap(({ letters, tensor }) => [...letters].map((x, i) => [x, tensor.shape[i] ?? 1])),
  );
  const size = (letters: string): number =>
    [...letters].reduce((n, letter) => n * (sizes.get(letter) ?? 1), 1);
  const x = reshape(arranged(a, batch + left + inner).tensor, [size(batch), size(left), size(inner)]);
  const y = reshape(arranged(b, batch + right + inner).tensor, [size(batch), size(right), size(inner)]);
  const letters = batch + left + right;
  const shape = [...letters].map((letter) => sizes.get(letter) ?? 1);
  return { letters, tensor: reshape(matMul(x, y, false, true), shape) };
}
