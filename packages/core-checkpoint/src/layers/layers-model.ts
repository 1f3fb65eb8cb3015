import type { Variable } from '@tensorflow/tfjs-core';
import type { Convention } from '../load/conventions.js';
import type { HasVariables, NamedVariable } from '../load/has-variables.js';
import { kerasConventions } from './keras-conventions.js';
import type { LayersModelLike, LayerWeight } from './layer-shapes.js';
import { leafLayers, roleOf } from './layer-tree.js';
import { pytorchWeights } from './pytorch-weights.js';

/** How the layers are named. */
export interface LayersModelOptions {
  /**
   * `keras` (default): Keras's own names, shapes and layouts, e.g. "dense.kernel" [in, out].
   * `pytorch`: "dense.weight" [out, in], convolutions OIHW, "norm.running_mean", "lstm.weight_ih_l0".
   */
  names?: 'keras' | 'pytorch';
}

/** A `tf.LayersModel` as something `stateDict` and `loadStateDict` take. */
export interface NamedLayers extends HasVariables {
  /** the other names that files give these weights: TensorFlow.js's own, Keras's */
  readonly conventions: readonly Convention[];
}

/**
 * Any `tf.LayersModel` as something `stateDict` and `loadStateDict` take.
 *
 * Paths are stable: layers that TensorFlow.js numbered by itself (dense_Dense7) are numbered afresh within
 * this model, so two models of one architecture have the same paths. Wrappers and recurrent layers are looked
 * into: "bidirectional.forward_layer.kernel", "rnn.cell_0.kernel".
 *
 * With Keras's names, `loadStateDict` also takes files by TensorFlow.js's own names (a `model.json`) and by
 * Keras's (`.keras`, `.weights.h5`, `.h5`), and its report says so. With PyTorch's, a dense layer behind a
 * `flatten` has its inputs in PyTorch's order (channels first), an LSTM its second bias (zeros when saved).
 *
 * @throws RangeError if two weights would go by one path; with `pytorch`, also for a layer that has no equal
 *   in PyTorch: a GRU (its reset gate works before the product), an LSTM whose gates are no sigmoids,
 *   ConvLSTM2D, a layer of one's own
 */
export function layersModel(
  model: LayersModelLike,
  { names = 'keras' }: LayersModelOptions = {},
): NamedLayers {
  return {
    namedVariables: () => distinct(names === 'pytorch' ? pytorchVariables(model) : kerasVariables(model)),
    conventions: names === 'keras' ? kerasConventions(model) : [],
  };
}

function* kerasVariables(model: LayersModelLike): Generator<NamedVariable> {
  for (const leaf of leafLayers(model.layers)) {
    for (const weight of leaf.weights) {
      yield { path: `${leaf.path}.${roleOf(weight)}`, variable: variableOf(weight), kind: kindOf(weight) };
    }
  }
}

function* pytorchVariables(model: LayersModelLike): Generator<NamedVariable> {
  for (const leaf of leafLayers(model.layers)) {
    const weights = new Map(leaf.weights.map((weight) => [roleOf(weight), weight]));
    for (const { role, ...named } of pytorchWeights(leaf)) {
      const weight = weights.get(role);
      if (weight) yield { ...named, variable: variableOf(weight), kind: kindOf(weight) };
    }
  }
}

function* distinct(variables: Iterable<NamedVariable>): Generator<NamedVariable> {
  const taken = new Set<string>();
  for (const named of variables) {
    if (taken.has(named.path)) {
      throw new RangeError(
        `layersModel: each weight must have its own path, got ${named.path} twice. Give the two layers different names.`,
      );
    }
    taken.add(named.path);
    yield named;
  }
}

function kindOf(weight: LayerWeight): NamedVariable['kind'] {
  return /^moving_(mean|variance)$/.test(roleOf(weight)) ? 'buffer' : 'parameter';
}

/** A layer's weight keeps its tfjs variable in `val`, which its type declares protected. */
function variableOf(weight: LayerWeight): Variable {
  const variable = (weight as { val?: unknown }).val as Variable | undefined;
  if (variable && typeof variable.assign === 'function') return variable;
  throw new TypeError(
    `layersModel: ${weight.originalName} must be backed by a variable. Build the model first.`,
  );
}
