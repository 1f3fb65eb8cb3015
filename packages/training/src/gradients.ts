import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGradients } from '@warmstart/shapes';

/**
 * The loss and its gradients in `variables`. Variables that the loss does not depend on get no entry.
 *
 * @returns tensors that the caller disposes
 * @throws Error if no gradients are registered, or the loss depends on none of the variables
 */
export function lossAndGradients(
  variables: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
): LossAndGradients {
  // the tidy frees the loss where variableGrads throws because it depends on none of the variables
  const { value, grads } = tf.tidy(() => tf.variableGrads(loss, [...variables.values()]));
  const gradients = new Map<string, tf.Tensor>();
  for (const [path, variable] of variables) {
    // variableGrads leaves out what the loss does not depend on, whatever its type says
    const gradient: tf.Tensor | undefined = grads[variable.name];
    if (gradient) gradients.set(path, gradient);
  }
  return { loss: value, gradients };
}

/** @throws TypeError for anything but variables by path */
export function requireMap(name: string, given: unknown, what = 'variables'): void {
  if (given instanceof Map) return;
  const got = Array.isArray(given) ? 'an array' : typeof given;
  const held = what === 'variables' ? 'tf.Variable' : 'tensor';
  throw new TypeError(
    `${name}: ${what} must be a Map from path to ${held}, got ${got}. E.g. new Map([['weight', weight]]).`,
  );
}

/** Refuses to start where gradients cannot work: none registered, nothing to learn, or frozen by flag. */
export function checkTrainable(name: string, variables: ReadonlyMap<string, tf.Variable>): void {
  requireMap(name, variables);
  if (variables.size === 0) {
    throw new RangeError(
      `${name}: variables must hold at least one variable, got none. Is everything frozen?`,
    );
  }
  for (const [path, variable] of variables) {
    if (!variable.trainable) {
      throw new RangeError(
        `${name}: every variable must be trainable, got ${path} with trainable false. ` +
          'Leave it out of variables: buffers are never learned, and freezing means passing fewer.',
      );
    }
  }
  if (!tf.getGradient('Add')) {
    throw new Error(
      `${name}: no gradients are registered. Import '@tensorflow/tfjs' once, in your app's entry file.`,
    );
  }
}

/** Means over the parts of one step, one after the other. */
export class GradientMean {
  #losses: (tf.Scalar | number)[] = [];
  #gradients = new Map<string, tf.Tensor>();

  get parts(): number {
    return this.#losses.length;
  }

  /** Takes ownership of `part`. */
  add(part: LossAndGradients<tf.Scalar | number>): void {
    this.#losses.push(part.loss);
    for (const [path, gradient] of part.gradients) {
      const sum = this.#gradients.get(path);
      this.#gradients.set(path, sum ? tf.add(sum, gradient) : gradient);
      if (sum) tf.dispose([sum, gradient]);
    }
  }

  /** Hands the means over; this is empty afterwards. */
  take(): LossAndGradients<tf.Scalar | number> {
    const losses = this.#losses;
    const gradients = this.#gradients;
    this.#losses = [];
    this.#gradients = new Map();
    const count = losses.length;
    const [only] = losses;
    if (count === 1 && only !== undefined) return { loss: only, gradients };
    for (const [path, sum] of gradients) {
      gradients.set(path, tf.div(sum, count));
      sum.dispose();
    }
    const loss = tf.tidy(
      () =>
        tf.mean(
          tf.stack(losses.map((value) => (typeof value === 'number' ? tf.scalar(value) : value))),
        ) as tf.Scalar,
    );
    tf.dispose(losses.filter((value) => typeof value !== 'number'));
    return { loss, gradients };
  }

  dispose(): void {
    tf.dispose(this.#losses.filter((value) => typeof value !== 'number'));
    tf.dispose([...this.#gradients.values()]);
    this.#losses = [];
    this.#gradients.clear();
  }
}
