import type { Variable } from '@tensorflow/tfjs-core';
import type { HasVariables, NamedVariable } from './has-variables.js';

/** The part of a `tf.LayersModel` that is used: no import of tfjs-layers is needed. */
export interface LayersModelLike {
  readonly layers: readonly LayerLike[];
}

interface LayerLike {
  readonly name: string;
  getClassName?(): string;
  readonly weights: readonly LayerWeight[];
  readonly layers?: readonly LayerLike[];
}

interface LayerWeight {
  readonly originalName: string;
}

/** How the layers are named. */
export interface LayersModelOptions {
  /**
   * `keras` (default): Keras's own names, shapes and layouts, e.g. "dense.kernel" [in, out].
   * `pytorch`: "dense.weight" [out, in], convolutions OIHW, "norm.running_mean".
   */
  names?: 'keras' | 'pytorch';
}

/** Layer classes whose kernels PyTorch keeps in another order of axes. */
const kernelLayouts: Record<string, readonly number[]> = {
  Dense: [1, 0],
  Conv1D: [2, 1, 0],
  Conv2D: [2, 3, 1, 0],
  Conv3D: [2, 3, 4, 1, 0],
  // Keras keeps [height, width, out, in], PyTorch [in, out, height, width]
  Conv2DTranspose: [2, 3, 1, 0],
};

const pytorchNames: Record<string, string> = {
  kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
  embeddings: 'weight',
};

/**
 * Any `tf.LayersModel` as something `stateDict` and `loadStateDict` take.
 *
 * Paths are stable: layers that TensorFlow.js numbered by itself (dense_Dense7) are numbered afresh within
 * this model, so two models of one architecture have the same paths.
 *
 * @throws RangeError if two weights would go by one path
 */
export function layersModel(
  model: LayersModelLike,
  { names = 'keras' }: LayersModelOptions = {},
): HasVariables {
  return { namedVariables: () => namedVariables(model.layers, names) };
}

function* namedVariables(
  layers: readonly LayerLike[],
  names: 'keras' | 'pytorch',
  prefix = '',
): Generator<NamedVariable> {
  const counts = new Map<string, number>();
  const taken = new Set<string>();
  for (const layer of layers) {
    if (layer.weights.length === 0) continue;
    const name = prefix + stableName(layer, counts);
    if (layer.layers) {
      yield* namedVariables(layer.layers, names, `${name}.`);
      continue;
    }
    for (const weight of layer.weights) {
      const named = namedWeight(layer, weight, name, names);
      if (taken.has(named.path)) {
        throw new RangeError(
          `layersModel: each weight must have its own path, got ${named.path} twice. Name the layers apart.`,
        );
      }
      taken.add(named.path);
      yield named;
    }
  }
}

/** "dense_Dense7" depends on what was built before; "dense_2" is the third one of this model. */
function stableName(layer: LayerLike, counts: Map<string, number>): string {
  const automatic = /^(.*)_[A-Z][A-Za-z0-9]*?\d+$/.exec(layer.name);
  const base = automatic?.[1];
  if (base === undefined) return layer.name;
  const count = counts.get(base) ?? 0;
  counts.set(base, count + 1);
  return count === 0 ? base : `${base}_${count}`;
}

function namedWeight(
  layer: LayerLike,
  weight: LayerWeight,
  name: string,
  names: 'keras' | 'pytorch',
): NamedVariable {
  const own = weight.originalName.split('/').at(-1) ?? weight.originalName;
  const variable = variableOf(weight);
  const kind = isBuffer(own) ? 'buffer' : 'parameter';
  if (names === 'keras') return { path: `${name}.${own}`, variable, kind };
  const kernel = own === 'kernel' || own === 'depthwise_kernel';
  const layout = kernel ? layoutOf(layer, own) : undefined;
  return { path: `${name}.${pytorchNames[own] ?? own}`, variable, kind, ...(layout && { layout }) };
}

function isBuffer(name: string): boolean {
  return name === 'moving_mean' || name === 'moving_variance';
}

function layoutOf(layer: LayerLike, own: string): readonly number[] | undefined {
  if (own === 'depthwise_kernel') return [2, 3, 0, 1]; // refused by PyTorch only where a multiplier is used
  return kernelLayouts[layer.getClassName?.() ?? ''];
}

/** A layer's weight keeps its tfjs variable in `val`, which its type declares protected. */
function variableOf(weight: LayerWeight): Variable {
  const variable = (weight as { val?: unknown }).val as Variable | undefined;
  if (variable && typeof variable.assign === 'function') return variable;
  throw new TypeError(
    `layersModel: ${weight.originalName} must be backed by a variable. Build the model first.`,
  );
}
