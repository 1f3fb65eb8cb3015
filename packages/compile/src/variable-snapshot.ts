import * as tf from '@tensorflow/tfjs-core';

/** What all variables held, without a copy: a written variable gets new memory. */
export class VariableSnapshot {
  readonly #values = new Map<tf.Variable, tf.Tensor>();

  constructor() {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      this.#values.set(variable, tf.keep(tf.clone(variable)));
    }
  }

  valuesOf(variable: tf.Variable): tf.TensorInfo {
    return this.#values.get(variable) ?? variable;
  }

  restore(): void {
    for (const [variable, value] of this.#values) {
      if (!variable.isDisposed && variable.dataId !== value.dataId) variable.assign(value);
    }
  }

  dispose(): void {
    tf.dispose([...this.#values.values()]);
  }
}
