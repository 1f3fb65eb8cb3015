import type { Variable } from '@tensorflow/tfjs-core';

/** One variable of a model, by the path PyTorch gives it. */
export interface NamedVariable {
  path: string;
  variable: Variable;
  /** buffers are saved and loaded, never learned */
  kind: 'parameter' | 'buffer';
  /** running = transpose(pytorch, layout); absent: they are the same */
  layout?: readonly number[];
  /** in a file, if not the variable's own: num_batches_tracked is int64 */
  dtype?: string;
}

/** Any model that can name its variables. */
export interface HasVariables {
  namedVariables(): Iterable<NamedVariable>;
}

/**
 * The variables of a model.
 *
 * @param caller - the function named in the message
 * @throws TypeError for anything that cannot name its variables
 */
export function variablesOf(caller: string, model: HasVariables): Iterable<NamedVariable> {
  if (typeof model?.namedVariables === 'function') return model.namedVariables();
  throw new TypeError(
    `${caller}: model must have namedVariables(), got none. Wrap a tf.LayersModel in layersModel(model).`,
  );
}

/** The shape PyTorch gives a variable, from the shape it runs with. */
export function pytorchShape({ variable, layout }: NamedVariable): number[] {
  const shape: number[] = [...variable.shape];
  layout?.forEach((axis, i) => {
    shape[axis] = variable.shape[i] ?? 1;
  });
  return shape;
}

/** The layout that undoes this one. */
export function inverseLayout(layout: readonly number[]): number[] {
  const inverse = layout.map(() => 0);
  layout.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}
