import type { Variable } from '@tensorflow/tfjs-core';

/** One variable of a model, under the path that PyTorch gives it. */
export interface NamedVariable {
  /** E.g. "encoder.fc1.weight". */
  path: string;
  variable: Variable;
  /** Buffers are saved and loaded, never learned. */
  kind: 'parameter' | 'buffer';
  /** running = transpose(PyTorch's, layout); absent: they are the same. */
  layout?: readonly number[];
  /** In a file, if not the variable's own: num_batches_tracked is int64. */
  dtype?: string;
  /** Where axes are split on the way: the shape in a file, and the same elements by the axes that `layout` permutes. */
  folding?: { readonly shape: readonly number[]; readonly unfolded: readonly number[] };
  /** Tensors of a file that are added to the one at `path`: an LSTM's second bias. Zeros when saved. */
  addends?: readonly string[];
}

/** Any model that can name its variables. */
export interface HasVariables {
  namedVariables(): Iterable<NamedVariable>;
}
