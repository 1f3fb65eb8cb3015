import type { HasVariables, NamedVariable } from '@warmstart/shapes';

export type { HasVariables, NamedVariable };

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
