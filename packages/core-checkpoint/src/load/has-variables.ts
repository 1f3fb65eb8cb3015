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
  /** where axes are split on the way: the shape in a file, and the same elements by the axes that `layout` permutes */
  folding?: { readonly shape: readonly number[]; readonly unfolded: readonly number[] };
  /** tensors of a file that are added to the one at `path`: an LSTM's second bias. Zeros when saved. */
  addends?: readonly string[];
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
export function pytorchShape(named: NamedVariable): number[] {
  return [...(named.folding?.shape ?? unfoldedShape(named))];
}

/** The shape whose axes `layout` permutes. */
export function unfoldedShape({ variable, layout, folding }: NamedVariable): readonly number[] {
  if (folding) return folding.unfolded;
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
