import {
  engine,
  keep,
  type Tensor,
  type TensorInfo,
  tensor,
  tidy,
  util,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LearningRate, NamedTensor, Optimizer, ReadonlyStateDict, StateDict } from '@warmstart/shapes';
import type { OptimizerRow } from './optimizer-row.js';
import { requirePathMap } from './path-map.js';

export interface FusedOptimizerOptions {
  /** What to learn, by path. The optimizer keeps its own state under these paths. */
  variables: ReadonlyMap<string, Variable>;
  /** The rate, or the rate of a step by how many steps came before it. */
  learningRate: LearningRate;
  /** Multiplies the rate of single paths; 1 where none is given. */
  learningRateScales?: ReadonlyMap<string, number>;
  /** What decay takes of a weight per unit of rate (default 0). */
  weightDecay?: number;
  /** Weight decay of single paths, in place of `weightDecay`. */
  weightDecays?: ReadonlyMap<string, number>;
  /**
   * Guide values in the shape of their variables: the whole change of a weight is multiplied by its guide value, so
   * 1 is the bare optimizer to the bit and 0 freezes to the bit. Not disposed, and may be written between steps.
   */
  guides?: ReadonlyMap<string, Tensor>;
  /** Whether decay is multiplied by the guide too (default), runs in full beside it, or spares guided variables. */
  decay?: 'guided' | 'full' | 'none';
}

/** An optimizer that updates every variable in one kernel call. */
export interface FusedOptimizer extends Optimizer {
  /** May be set between steps. */
  learningRate: LearningRate;
}

/** What tells one fused optimizer from another. */
interface UpdateRule {
  slotNames: readonly string[];
  /** `step` counts a variable's updates from 1, as in the papers. */
  stepSize(rate: number, step: number): number;
  shrink(rate: number, decay: number): number;
  rootCorrection(step: number): number;
  run(rows: readonly OptimizerRow[]): void;
}

/** Checks, slots and state of an optimizer whose kernel takes all variables at once. */
export class TableOptimizer implements FusedOptimizer {
  learningRate: LearningRate;
  readonly #name: string;
  readonly #options: FusedOptimizerOptions;
  readonly #rule: UpdateRule;
  readonly #slots = new Map<string, Tensor[]>();
  /** Updates of each variable: one that joins later starts its own count, as in PyTorch. */
  #updates = new Map<string, number>();
  #stepsTaken = 0;

  constructor(name: string, options: FusedOptimizerOptions, rule: UpdateRule) {
    this.#name = name;
    this.#options = options;
    this.#rule = rule;
    this.learningRate = options.learningRate;
    this.#checkOptions();
    for (const [path, variable] of options.variables) {
      this.#slots.set(
        path,
        rule.slotNames.map(() => keep(zeros(variable.shape))),
      );
    }
  }

  step(gradients: ReadonlyMap<string, Tensor>): void {
    requirePathMap(this.#name, 'gradients', gradients);
    const rate = this.#rateNow();
    for (const [path, gradient] of gradients) this.#checkGradient(path, gradient);
    const learned = [...this.#options.variables].filter(([path]) => gradients.has(path));
    const rows = learned.map(([path, variable]) =>
      this.#row(path, variable, gradients.get(path) as Tensor, rate),
    );
    this.#rule.run(rows);
    this.#stepsTaken++;
    for (const [path] of learned) this.#updates.set(path, this.#updatesOf(path) + 1);
    learned.forEach(([, variable], i) => {
      const updated = engine().makeTensorFromTensorInfo((rows[i] as OptimizerRow).output);
      variable.assign(updated as never);
      updated.dispose();
    });
  }

  async stateDict(): Promise<StateDict> {
    const state = new Map<string, NamedTensor>([
      ['step', { dtype: 'int32', shape: [], data: Int32Array.of(this.#stepsTaken) }],
    ]);
    for (const [path, slots] of this.#slots) {
      state.set(`${path}.step`, { dtype: 'int32', shape: [], data: Int32Array.of(this.#updatesOf(path)) });
      for (const [i, slot] of slots.entries()) {
        const data = Float32Array.from(await slot.data());
        state.set(`${path}.${this.#rule.slotNames[i]}`, { dtype: 'float32', shape: slot.shape, data });
      }
    }
    return state;
  }

  loadStateDict(state: ReadonlyStateDict): void {
    const steps = this.#count(state, 'step');
    const known = new Set(['step']);
    const loaded = [...this.#slots].map(([path, slots]) => {
      const keys = this.#rule.slotNames.map((name) => `${path}.${name}`);
      for (const key of [...keys, `${path}.step`]) known.add(key);
      // a variable that was never updated may have no state; without a count of its own it shares the optimizer's
      const updates = state.has(`${path}.step`) ? this.#count(state, `${path}.step`) : steps;
      const present = keys.some((key) => state.has(key)) || keys.length === 0;
      const values = present
        ? keys.map((key, i) => this.#entry(state, key, slots[i]?.shape ?? []))
        : undefined;
      return { path, updates: present ? updates : 0, values };
    });
    for (const key of state.keys())
      if (!known.has(key)) this.#refuse(key, 'left out', 'a key of no variable here');
    for (const { path, updates, values } of loaded) {
      this.#updates.set(path, updates);
      this.#replaceSlots(path, values);
    }
    this.#stepsTaken = steps;
  }

  dispose(): void {
    for (const slots of this.#slots.values()) for (const slot of slots) slot.dispose();
    this.#slots.clear();
  }

  #updatesOf(path: string): number {
    return this.#updates.get(path) ?? 0;
  }

  /** Zeros, if there are no values. */
  #replaceSlots(path: string, values: readonly ArrayLike<number>[] | undefined): void {
    const slots = this.#slots.get(path) ?? [];
    const fresh = slots.map(({ shape }, i) => {
      const data = values?.[i];
      return tidy(() => keep(data ? tensor(Float32Array.from(data), shape) : zeros(shape)));
    });
    this.#slots.set(path, fresh);
    for (const slot of slots) slot.dispose();
  }

  #row(path: string, variable: Variable, gradient: Tensor, rate: number): OptimizerRow {
    const step = this.#updatesOf(path) + 1;
    const { learningRateScales, weightDecay = 0, weightDecays, guides, decay = 'guided' } = this.#options;
    const scaled = rate * (learningRateScales?.get(path) ?? 1);
    const coefficient = weightDecays?.get(path) ?? weightDecay;
    const guide = guides?.get(path);
    const unguided = guide !== undefined && decay !== 'guided';
    return {
      length: variable.size,
      weights: variable,
      output: emptyTensor(variable.shape),
      gradient,
      slots: this.#slots.get(path) ?? [],
      guide,
      stepSize: this.#rule.stepSize(scaled, step),
      shrink: unguided ? 0 : this.#rule.shrink(scaled, coefficient),
      rootCorrection: this.#rule.rootCorrection(step),
      freeShrink: unguided && decay === 'full' ? scaled * coefficient : 0,
    };
  }

  #rateNow(): number {
    const rate =
      typeof this.learningRate === 'number' ? this.learningRate : this.learningRate(this.#stepsTaken);
    if (rate >= 0 && Number.isFinite(rate)) return rate;
    throw new RangeError(
      `${this.#name}: learningRate must be finite and not below 0, got ${rate}. Check the schedule.`,
    );
  }

  #checkOptions(): void {
    const { variables, weightDecay = 0, weightDecays, learningRateScales, guides } = this.#options;
    requirePathMap(this.#name, 'variables', variables);
    if (!['number', 'function'].includes(typeof this.learningRate)) {
      throw new TypeError(
        `${this.#name}: learningRate must be a number or a function of the step, got ${typeof this.learningRate}.`,
      );
    }
    for (const [name, value] of [
      ['weightDecay', weightDecay] as const,
      ...[...(weightDecays ?? [])].map(([path, decay]) => [`weightDecays "${path}"`, decay] as const),
      ...[...(learningRateScales ?? [])].map(
        ([path, scale]) => [`learningRateScales "${path}"`, scale] as const,
      ),
    ]) {
      if (!(value >= 0 && Number.isFinite(value))) {
        throw new RangeError(
          `${this.#name}: ${name} must be finite and not below 0, got ${value}. Use 0 for none.`,
        );
      }
    }
    for (const map of [weightDecays, learningRateScales, guides]) {
      for (const path of map?.keys() ?? []) this.#variable(path);
    }
    for (const [path, guide] of guides ?? []) this.#checkLike('guide', path, guide);
    for (const [path, variable] of variables) this.#checkLike('variable', path, variable);
    if (typeof this.learningRate === 'number') this.#rateNow();
  }

  #checkGradient(path: string, gradient: Tensor): void {
    this.#checkLike('gradient', path, gradient);
    if (!this.#slots.has(path)) {
      throw new Error(
        `${this.#name}: step must come before dispose, got a disposed optimizer. Make a new one.`,
      );
    }
  }

  #checkLike(what: string, path: string, value: Tensor): void {
    const { shape } = this.#variable(path);
    if (value.dtype === 'float32' && util.arraysEqual(value.shape, shape)) return;
    throw new RangeError(
      `${this.#name}: ${what} "${path}" must be float32 [${shape}], got ${value.dtype} [${value.shape}]. ` +
        'Give it the shape of its variable.',
    );
  }

  #variable(path: string): Variable {
    const variable = this.#options.variables.get(path);
    if (variable) return variable;
    throw new RangeError(
      `${this.#name}: every path must be one of variables, got "${path}". ` +
        'Leave it out or add its variable.',
    );
  }

  #count(state: ReadonlyStateDict, key: string): number {
    const count = this.#entry(state, key, [])[0];
    if (count === undefined || !Number.isInteger(count) || count < 0) {
      this.#refuse(key, 'a whole number from 0', String(count));
    }
    return count;
  }

  #entry(state: ReadonlyStateDict, key: string, shape: readonly number[]): ArrayLike<number> {
    const found = state.get(key);
    if (!found || !util.arraysEqual([...found.shape], [...shape]) || !/^(float|int)32$/.test(found.dtype)) {
      const got = found ? `${found.dtype} [${found.shape}]` : 'nothing';
      this.#refuse(key, `a 32-bit tensor [${shape}]`, got);
    }
    return found.data as ArrayLike<number>;
  }

  #refuse(key: string, wanted: string, got: string): never {
    throw new RangeError(
      `${this.#name}: loadStateDict: "${key}" must be ${wanted}, got ${got}. ` +
        'Load the state of an optimizer over the same variables.',
    );
  }
}

/** A tensor whose values are still to be written, on the backend in use. */
function emptyTensor(shape: number[]): TensorInfo {
  const { backend } = engine();
  const values = engine().backendName === 'cpu' ? new Float32Array(util.sizeFromShape(shape)) : null;
  const dataId = backend.write(values as never, shape, 'float32');
  return { dataId, shape, dtype: 'float32' };
}
