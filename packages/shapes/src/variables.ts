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
}

/** Any model that can name its variables. */
export interface HasVariables {
  namedVariables(): Iterable<NamedVariable>;
}
