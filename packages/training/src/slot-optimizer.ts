import * as tf from '@tensorflow/tfjs-core';
import type { LearningRate, Optimizer, ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import { type OptimizerOptions, rateAt } from './optimizer.js';
import { Slots } from './slots.js';

/** One variable's update: what it is computed from. */
export interface VariableUpdate<SlotName extends string> {
  variable: tf.Variable;
  gradient: tf.Tensor;
  /** What the last update left; undefined the first time. */
  slots: Partial<Record<SlotName, tf.Tensor>>;
  /** Of this step and this path. */
  rate: number;
  decay: number;
  /** This variable's updates, this one included. */
  updates: number;
}

/** What tells one optimizer from another. */
export interface UpdateRule<SlotName extends string> {
  slotNames: readonly SlotName[];
  /** Runs in a tidy. */
  update(of: VariableUpdate<SlotName>): { value: tf.Tensor; slots: Partial<Record<SlotName, tf.Tensor>> };
}

/** An optimizer that updates one variable after the other by a rule written in tensor operations. */
export class SlotOptimizer<SlotName extends string> implements Optimizer {
  learningRate: LearningRate;
  readonly #name: string;
  readonly #options: OptimizerOptions;
  readonly #rule: UpdateRule<SlotName>;
  readonly #slots: Slots;

  constructor(name: string, options: OptimizerOptions, rule: UpdateRule<SlotName>) {
    this.learningRate = options.learningRate;
    this.#name = name;
    this.#options = options;
    this.#rule = rule;
    this.#slots = new Slots(name, options.variables, rule.slotNames);
  }

  step(gradients: ReadonlyMap<string, tf.Tensor>): void {
    const rate = rateAt(this.#name, this.learningRate, this.#slots.step);
    for (const [path, gradient] of gradients) this.#slots.variable(path, gradient);
    tf.tidy(() => {
      for (const [path, gradient] of gradients) this.#update(path, gradient, rate);
    });
    this.#slots.step++;
  }

  #update(path: string, gradient: tf.Tensor, rate: number): void {
    const { learningRateScales, weightDecay = 0, weightDecays } = this.#options;
    const variable = this.#slots.variable(path, gradient);
    const before: Partial<Record<SlotName, tf.Tensor>> = {};
    for (const name of this.#rule.slotNames) {
      const slot = this.#slots.get(path, name);
      if (slot) before[name] = slot;
    }
    const { value, slots } = this.#rule.update({
      variable,
      gradient,
      slots: before,
      rate: rate * (learningRateScales?.get(path) ?? 1),
      decay: weightDecays?.get(path) ?? weightDecay,
      updates: this.#slots.countUpdate(path),
    });
    variable.assign(value);
    for (const name of this.#rule.slotNames) {
      const slot = slots[name];
      if (slot) this.#slots.set(path, name, slot);
    }
  }

  stateDict(): Promise<StateDict> {
    return this.#slots.stateDict();
  }

  loadStateDict(state: ReadonlyStateDict): void {
    this.#slots.loadStateDict(state);
  }

  dispose(): void {
    this.#slots.dispose();
  }
}
