import * as tf from '@tensorflow/tfjs-core';
import type { ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import { hostToTensor, listSome, readTensors, sameShape } from './state-dict.js';

/**
 * What an optimizer remembers of each variable: tensors shaped like it, and how often it was updated.
 * A slot is made when its variable first gets a gradient, so what is frozen costs nothing.
 */
export class Slots {
  readonly #name: string;
  readonly #variables: ReadonlyMap<string, tf.Variable>;
  readonly #slotNames: readonly string[];
  readonly #tensors = new Map<string, tf.Tensor>();
  readonly #updates = new Map<string, number>();
  /** Updates made, of whichever variables. */
  step = 0;

  constructor(name: string, variables: ReadonlyMap<string, tf.Variable>, slotNames: readonly string[]) {
    this.#name = name;
    this.#variables = variables;
    this.#slotNames = slotNames;
  }

  /** The variable a gradient belongs to. @throws RangeError for a path that the optimizer does not hold */
  variable(path: string, gradient: tf.Tensor): tf.Variable {
    const variable = this.#variables.get(path);
    if (!variable) {
      throw new RangeError(
        `${this.#name}: every gradient must belong to a variable given to the optimizer, got ${path}. ` +
          'Make the optimizer with every variable that may ever learn.',
      );
    }
    if (!sameShape(variable.shape, gradient.shape)) {
      throw new RangeError(
        `${this.#name}: the gradient of ${path} must be [${variable.shape}], got [${gradient.shape}].`,
      );
    }
    if (gradient.dtype !== 'float32') {
      throw new RangeError(`${this.#name}: the gradient of ${path} must be float32, got ${gradient.dtype}.`);
    }
    return variable;
  }

  /** How often a variable was updated. */
  updatesOf(path: string): number {
    return this.#updates.get(path) ?? 0;
  }

  countUpdate(path: string): void {
    this.#updates.set(path, this.updatesOf(path) + 1);
  }

  /** The tensor to be written in place: zeros the first time. */
  writable(path: string, slotName: string, shape: number[]): tf.Tensor {
    const slot = this.get(path, slotName);
    if (slot) return slot;
    const zeros = tf.keep(tf.zeros(shape));
    this.#tensors.set(`${path}.${slotName}`, zeros);
    return zeros;
  }

  get(path: string, slotName: string): tf.Tensor | undefined {
    return this.#tensors.get(`${path}.${slotName}`);
  }

  /** Takes ownership of `tensor`, disposing what was there. */
  set(path: string, slotName: string, tensor: tf.Tensor): void {
    this.#tensors.get(`${path}.${slotName}`)?.dispose();
    this.#tensors.set(`${path}.${slotName}`, tf.keep(tensor));
  }

  async stateDict(): Promise<StateDict> {
    const counts: StateDict = new Map([['step', counter(this.step)]]);
    for (const [path, count] of this.#updates) counts.set(`${path}.step`, counter(count));
    return new Map([...counts, ...(await readTensors(this.#tensors))]);
  }

  loadStateDict(state: ReadonlyStateDict): void {
    const owners = this.#checked(state);
    this.dispose();
    this.#updates.clear();
    const steps = Number(state.get('step')?.data[0]);
    this.step = steps;
    for (const [key, named] of state) {
      const slot = owners.get(key);
      // a fused optimizer counts all variables together
      if (slot && !state.has(`${slot.path}.step`)) this.#updates.set(slot.path, steps);
      if (key === 'step') continue;
      if (slot?.name === 'step') this.#updates.set(slot.path, Number(named.data[0]));
      else if (slot) this.set(slot.path, slot.name, hostToTensor(named));
    }
  }

  #checked(state: ReadonlyStateDict): Map<string, { path: string; name: string }> {
    const owners = new Map<string, { path: string; name: string }>();
    for (const path of this.#variables.keys()) {
      for (const name of ['step', ...this.#slotNames]) owners.set(`${path}.${name}`, { path, name });
    }
    const unknown = [...state.keys()].filter((key) => key !== 'step' && !owners.has(key));
    if (!state.has('step') || unknown.length > 0) {
      const what = state.has('step') ? `keys of no variable here: ${listSome(unknown)}` : 'no key "step"';
      throw new RangeError(
        `${this.#name}: the state must come from the same kind of optimizer over the same variables, got ${what}. ` +
          'Nothing was loaded.',
      );
    }
    for (const [key, named] of state) {
      const slot = owners.get(key);
      const expected = slot && slot.name !== 'step' ? this.#variables.get(slot.path)?.shape : [];
      if (expected && !sameShape(expected, named.shape)) {
        throw new RangeError(
          `${this.#name}: ${key} must be [${expected}], got [${named.shape}]. Nothing was loaded.`,
        );
      }
    }
    return owners;
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

function counter(value: number): StateDict extends Map<string, infer T> ? T : never {
  return { dtype: 'int32', shape: [], data: Int32Array.of(value) };
}
