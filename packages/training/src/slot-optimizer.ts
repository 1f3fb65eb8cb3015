import * as tf from '@tensorflow/tfjs-core';
import type { LearningRate, Optimizer, OptimizerRow, ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import { requireMap } from './gradients.js';
import { type OptimizerOptions, rateAt } from './optimizer.js';
import { emptyTensor, type FusedRule, optimizerKernel } from './optimizer-kernel.js';
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
  fused: FusedRule;
  /** Runs in a tidy. */
  update(of: VariableUpdate<SlotName>): { value: tf.Tensor; slots: Partial<Record<SlotName, tf.Tensor>> };
}

/**
 * An optimizer that updates every variable in one call where the backend has a kernel for its rule, and one variable
 * after the other in tensor operations where it has none.
 */
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
    requireMap(this.#name, gradients, 'gradients');
    const rate = rateAt(this.#name, this.learningRate, this.#slots.step);
    for (const [path, gradient] of gradients) this.#slots.variable(path, gradient);
    const kernel = optimizerKernel(this.#rule.fused);
    if (kernel) this.#stepAtOnce(kernel, gradients, rate);
    else tf.tidy(() => gradients.forEach((gradient, path) => void this.#update(path, gradient, rate)));
    for (const path of gradients.keys()) this.#slots.countUpdate(path);
    this.#slots.step++;
  }

  /** Every variable in one call of a kernel. */
  #stepAtOnce(
    kernel: (rows: readonly OptimizerRow[]) => void,
    gradients: ReadonlyMap<string, tf.Tensor>,
    rate: number,
  ): void {
    const updates = [...gradients].map(([path, gradient]) => {
      const variable = this.#slots.variable(path, gradient);
      return { variable, row: this.#row(path, variable, gradient, rate) };
    });
    kernel(updates.map(({ row }) => row));
    for (const { variable, row } of updates) {
      const updated = tf.engine().makeTensorFromTensorInfo(row.output);
      variable.assign(updated as never); // of the variable's rank
      updated.dispose();
    }
  }

  #row(path: string, variable: tf.Variable, gradient: tf.Tensor, rate: number): OptimizerRow {
    const { guide, guidedDecay, freeShrink, scaledRate } = this.#partsOf(path, rate);
    return {
      length: variable.size,
      weights: variable,
      output: emptyTensor(variable.shape),
      gradient,
      slots: this.#rule.slotNames.map((name) => this.#slots.writable(path, name, variable.shape)),
      guide,
      freeShrink,
      ...this.#rule.fused.row({
        rate: scaledRate,
        decay: guidedDecay,
        updates: this.#slots.updatesOf(path) + 1,
      }),
    };
  }

  #update(path: string, gradient: tf.Tensor, rate: number): void {
    const { guide, guidedDecay, freeShrink, scaledRate } = this.#partsOf(path, rate);
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
      rate: scaledRate,
      decay: guidedDecay,
      updates: this.#slots.updatesOf(path) + 1,
    });
    const guided = guide ? guidedValue(variable, value, guide) : value;
    variable.assign(freeShrink === 0 ? guided : tf.sub(guided, tf.mul(variable, freeShrink)));
    for (const name of this.#rule.slotNames) {
      const slot = slots[name];
      if (slot) this.#slots.set(path, name, slot);
    }
  }

  /** What the options say of one variable: its guide, its rate, and how much decay its guide scales or spares. */
  #partsOf(path: string, rate: number) {
    const {
      learningRateScales,
      weightDecay = 0,
      weightDecays,
      guides,
      decay: policy = 'guided',
    } = this.#options;
    const scaledRate = rate * (learningRateScales?.get(path) ?? 1);
    const coefficient = weightDecays?.get(path) ?? weightDecay;
    const guide = guides?.get(path);
    const isGuided = guide === undefined || policy === 'guided';
    return {
      guide,
      scaledRate,
      guidedDecay: isGuided ? coefficient : 0,
      freeShrink: !isGuided && policy === 'full' ? scaledRate * coefficient : 0,
    };
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

/** w + guide · (value − w): to the bit `value` where the guide is 1, and w where it is 0, whatever the value is. */
function guidedValue(variable: tf.Variable, value: tf.Tensor, guide: tf.Tensor): tf.Tensor {
  const part = tf.add(variable, tf.mul(guide, tf.sub(value, variable)));
  return tf.where(tf.equal(guide, 0), variable, tf.where(tf.equal(guide, 1), value, part));
}
