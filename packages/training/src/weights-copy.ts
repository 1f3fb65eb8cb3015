import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@warmstart/shapes';
import { readTensors } from './state-dict.js';

/** The values that variables had when this was made, kept on the backend. */
export class WeightsCopy {
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #values = new Map<string, tf.Tensor>();

  constructor(variables: ReadonlyMap<string, tf.Variable>) {
    this.#variables = variables;
    tf.tidy(() => {
      for (const [path, variable] of variables) {
        // A clone would share memory with an optimizer that writes in place; times 1 keeps every bit, −0 included.
        this.#values.set(path, tf.keep(tf.mul(variable, tf.scalar(1, variable.dtype))));
      }
    });
  }

  /** Puts the values back. */
  restore(): void {
    for (const [path, value] of this.#values) this.#variables.get(path)?.assign(value);
  }

  stateDict(): Promise<StateDict> {
    return readTensors(this.#values);
  }

  dispose(): void {
    for (const value of this.#values.values()) value.dispose();
    this.#values.clear();
  }
}
