import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor, Optimizer } from '@warmstart/shapes';
import { type HasLayouts, layoutsOf } from './guide-match.js';
import { listSome } from './state-dict.js';

/** What {@link pullToBase} takes. */
export interface PullOptions {
  /** What learns, by path. */
  variables: ReadonlyMap<string, tf.Variable>;
  /** Where to be pulled to, by path, in PyTorch's layout; variables that are not in it, e.g. a head, are free. */
  base: ReadonlyMap<string, NamedTensor>;
  /** λ ≥ 0 */
  strength: number;
  /** How much each weight matters, e.g. from {@link diagonalFisher}; absent: all the same (L2-SP). */
  importance?: ReadonlyMap<string, NamedTensor>;
  /** Needed where variables run in another layout than PyTorch's. */
  model?: HasLayouts;
}

/**
 * Wraps an optimizer so that the loss has λ/2 · Σ F (w − base)² more: the gradient of that is added to every
 * gradient. Without importance F this is L2-SP, with the Fisher information it is elastic weight consolidation.
 *
 * @returns an optimizer that owns the wrapped one: `dispose()` frees both
 * @throws RangeError for a negative strength, a base of which no variable is known, or other shapes
 * @see Xuhong et al. 2018, L2-SP, arXiv 1802.01483; Kirkpatrick et al. 2017, EWC, arXiv 1612.00796
 */
export function pullToBase(optimizer: Optimizer, options: PullOptions): Optimizer {
  const { variables, base, strength, importance, model } = options;
  if (!(strength >= 0 && Number.isFinite(strength))) {
    throw new RangeError(`pullToBase: strength must be a finite number ≥ 0, got ${strength}.`);
  }
  const anchors = anchorsOf(options);
  if (anchors.size === 0) {
    throw new RangeError(
      `pullToBase: the base must hold some of the variables, got ${listSome([...base.keys()])} for ${listSome([...variables.keys()])}.`,
    );
  }
  const layouts = layoutsOf(model);
  const weights = new Map<string, tf.Tensor>();
  for (const path of importance ? anchors.keys() : []) {
    const named = importance?.get(path);
    if (named) weights.set(path, running(named, layouts.get(path)));
  }
  return {
    get learningRate() {
      return optimizer.learningRate;
    },
    set learningRate(rate) {
      optimizer.learningRate = rate;
    },
    step(gradients) {
      tf.tidy(() => optimizer.step(pulled(gradients, options, anchors, weights)));
    },
    stateDict: () => optimizer.stateDict(),
    loadStateDict: (state) => optimizer.loadStateDict(state),
    dispose() {
      optimizer.dispose();
      for (const tensor of [...anchors.values(), ...weights.values()]) tensor.dispose();
    },
  };
}

/** The gradients, each with strength × importance × (w − base) added where there is a base. */
function pulled(
  gradients: ReadonlyMap<string, tf.Tensor>,
  { variables, strength }: PullOptions,
  anchors: ReadonlyMap<string, tf.Tensor>,
  weights: ReadonlyMap<string, tf.Tensor>,
): Map<string, tf.Tensor> {
  const result = new Map(gradients);
  for (const [path, gradient] of gradients) {
    const anchor = anchors.get(path);
    const variable = variables.get(path);
    if (!anchor || !variable) continue;
    const distance = tf.sub(variable, anchor);
    const weight = weights.get(path);
    result.set(path, tf.add(gradient, tf.mul(weight ? tf.mul(distance, weight) : distance, strength)));
  }
  return result;
}

function anchorsOf({ variables, base, model }: PullOptions): Map<string, tf.Tensor> {
  const layouts = layoutsOf(model);
  const anchors = new Map<string, tf.Tensor>();
  for (const [path, variable] of variables) {
    const named = base.get(path);
    if (!named) continue;
    const layout = layouts.get(path);
    const shape = layout?.map((axis) => named.shape[axis]) ?? named.shape;
    if (shape.join() !== variable.shape.join()) {
      for (const tensor of anchors.values()) tensor.dispose();
      throw new RangeError(`pullToBase: ${path} must be [${variable.shape}], got [${shape}] in the base.`);
    }
    anchors.set(path, running(named, layout));
  }
  return anchors;
}

/** A host tensor on the backend, in the layout in which its variable runs. */
function running({ data, shape }: NamedTensor, layout: readonly number[] | undefined): tf.Tensor {
  return tf.tidy(() => {
    const stored = tf.tensor(Float32Array.from(data as Float32Array, Number), [...shape], 'float32');
    return layout ? tf.transpose(stored, [...layout]) : stored;
  });
}
