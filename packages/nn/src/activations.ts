import * as tf from '@tensorflow/tfjs-core';
import { Module } from './module.js';

/** Every activation, by name. */
export type ActivationName = keyof typeof functions;

const functions = {
  relu: (x: tf.Tensor): tf.Tensor => tf.relu(x),
  relu6: (x: tf.Tensor): tf.Tensor => tf.relu6(x),
  leakyRelu: (x: tf.Tensor): tf.Tensor => tf.leakyRelu(x, 0.01),
  elu: (x: tf.Tensor): tf.Tensor => tf.elu(x),
  gelu,
  geluTanh,
  tanh: (x: tf.Tensor): tf.Tensor => tf.tanh(x),
  sigmoid: (x: tf.Tensor): tf.Tensor => tf.sigmoid(x),
  silu,
  softplus: (x: tf.Tensor): tf.Tensor => tf.softplus(x),
  identity: (x: tf.Tensor): tf.Tensor => tf.clone(x),
};

/**
 * The activation of a name, as a function.
 *
 * @throws RangeError if there is no such activation
 */
export function activation(name: ActivationName): (x: tf.Tensor) => tf.Tensor {
  if (!Object.hasOwn(functions, name)) {
    throw new RangeError(
      `activation: name must be one of ${Object.keys(functions).join(', ')}, got "${name}".`,
    );
  }
  return functions[name];
}

/** An activation as a module, to stand in a Sequential. */
export class Activation extends Module {
  readonly activationName: ActivationName;
  readonly #apply: (x: tf.Tensor) => tf.Tensor;

  constructor(name: ActivationName) {
    super();
    this.activationName = name;
    this.#apply = activation(name);
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.#apply(x);
  }
}

/**
 * x Φ(x), with Φ the normal distribution function.
 *
 * @see Hendrycks and Gimpel 2016, arXiv 1606.08415; torch's gelu(approximate='none'), BERT's "gelu"
 */
export function gelu(x: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.mul(input, normalDistribution(input)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept] = saved as [tf.Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.square(kept), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(normalDistribution(kept), tf.mul(kept, density)));
      },
    };
  });
  return apply(x);
}

function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

const tanhScale = Math.sqrt(2 / Math.PI);

/**
 * GELU by its tanh approximation: ½x(1 + tanh(√(2/π)(x + 0.044715x³))).
 *
 * @see torch's gelu(approximate='tanh'), GPT-2's "gelu_new"
 */
export function geluTanh(x: tf.Tensor): tf.Tensor {
  const inner = (value: tf.Tensor) =>
    tf.tanh(tf.mul(value, tf.add(tf.mul(tf.square(value), tanhScale * 0.044715), tanhScale)));
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.mul(tf.mul(input, 0.5), tf.add(inner(input), 1)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept] = saved as [tf.Tensor];
        const t = inner(kept);
        const slope = tf.add(tf.mul(tf.square(kept), 3 * 0.044715 * tanhScale), tanhScale);
        const curve = tf.mul(tf.mul(kept, tf.sub(1, tf.square(t))), slope);
        return tf.mul(dy, tf.mul(tf.add(tf.add(t, 1), curve), 0.5));
      },
    };
  });
  return apply(x);
}

/**
 * x σ(x), also called swish.
 *
 * @see Elfwing et al. 2017, arXiv 1702.03118; torch.nn.SiLU
 */
export function silu(x: tf.Tensor): tf.Tensor {
  const apply = tf.customGrad((value, save) => {
    const input = value as tf.Tensor;
    (save as tf.GradSaveFunc)([input]);
    return {
      value: tf.mul(input, tf.sigmoid(input)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [kept] = saved as [tf.Tensor];
        const gate = tf.sigmoid(kept);
        return tf.mul(dy, tf.mul(gate, tf.add(tf.mul(kept, tf.sub(1, gate)), 1)));
      },
    };
  });
  return apply(x);
}
