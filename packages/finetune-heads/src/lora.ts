import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, Gpt2Conv1D, kaimingUniformFill, Linear, Parameter } from '@warmstart/nn';
import type { NamedVariable, Random } from '@warmstart/shapes';

/** What {@link addLora} takes. */
export interface LoraOptions {
  /** Where first weights are drawn from. */
  random: Random;
  /** Rank of every update, or by path of the layer; ≥ 1. Default 8. */
  rank?: number | ((path: string) => number);
  /** The update is scaled by alpha / rank, or by path of the layer. Default: the rank, so by 1. */
  alpha?: number | ((path: string) => number);
  /** Which linear layers get one, by path. Default: all. */
  select?: (path: string) => boolean;
}

/** Low-rank updates on the linear layers of a model. */
export interface LoraAdapters {
  /** `<layer>.lora_A` [rank, inFeatures] and `<layer>.lora_B` [outFeatures, rank], by path: what learns. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  /** What each adapted layer has, by path. */
  readonly layers: ReadonlyMap<string, { rank: number; alpha: number; transposed: boolean }>;
  /** The same variables for `stateDict` and `loadStateDict`: the adapters alone, without their model. */
  namedVariables(): Iterable<NamedVariable>;
  readonly merged: boolean;
  /** Adds the updates to the weights: the model then costs what it cost before. */
  merge(): void;
  /** Puts the weights back, to the bit. */
  unmerge(): void;
  /** Takes the adapters off and frees them; merged weights stay merged. */
  dispose(): void;
}

/**
 * Gives linear layers a low-rank update each: x Wᵀ + (alpha / rank) · (x Aᵀ) Bᵀ. B starts at 0, so the model
 * first gives what it gave. Train `variables` alone: the model's own weights stay as they are.
 *
 * While adapters are on, they are part of the model's named variables.
 *
 * @throws RangeError if no layer is selected, a rank is not a whole number ≥ 1, or a layer has adapters already
 * @see Hu et al. 2021, LoRA, arXiv 2106.09685 §4.1
 */
export function addLora(model: AnyModule, options: LoraOptions): LoraAdapters {
  const { rank = 8, select = () => true } = options;
  const layers = [...model.namedModules()].filter(
    (entry): entry is [string, Linear | Gpt2Conv1D] => isAdaptable(entry[1]) && select(entry[0]),
  );
  if (layers.length === 0)
    throw new RangeError('addLora: at least one linear layer must be selected, got none.');
  const ranks = layers.map(([path, layer]) =>
    checked(path, layer, typeof rank === 'function' ? rank(path) : rank),
  );
  const adapted = layers.map(
    ([path, layer], index) => new AdaptedLinear(path, layer, ranks[index] as number, options),
  );
  const variables = new Map(adapted.flatMap((one) => one.variables()));
  const described = new Map(adapted.map((one) => [one.path, one.describe()]));
  let merged = false;
  return {
    variables,
    layers: described,
    namedVariables: () => [...variables].map(([path, variable]) => ({ path, variable, kind: 'parameter' })),
    get merged() {
      return merged;
    },
    merge() {
      if (!merged) for (const one of adapted) one.merge();
      merged = true;
    },
    unmerge() {
      if (merged) for (const one of adapted) one.unmerge();
      merged = false;
    },
    dispose() {
      for (const one of adapted) one.dispose();
    },
  };
}

/** True for what a low-rank update can be put on: linear layers, GPT-2's transposed ones among them. */
export function isAdaptable(module: unknown): module is Linear | Gpt2Conv1D {
  return module instanceof Linear || module instanceof Gpt2Conv1D;
}

function checked(path: string, layer: Linear | Gpt2Conv1D, rank: number): number {
  if (!(Number.isInteger(rank) && rank >= 1)) {
    throw new RangeError(`addLora: rank must be a whole number ≥ 1, got ${rank} for ${path}.`);
  }
  if ('lora_A' in layer)
    throw new RangeError(`addLora: a layer takes one adapter, got a second one for ${path}.`);
  return rank;
}

class AdaptedLinear {
  readonly path: string;
  readonly #layer: Linear | Gpt2Conv1D;
  readonly #down: Parameter;
  readonly #up: Parameter;
  readonly #rank: number;
  readonly #alpha: number;
  #original: tf.Tensor | undefined;

  constructor(path: string, layer: Linear | Gpt2Conv1D, rank: number, { random, alpha = rank }: LoraOptions) {
    this.path = path;
    this.#layer = layer;
    this.#rank = rank;
    this.#alpha = typeof alpha === 'function' ? alpha(path) : alpha;
    const { inFeatures, outFeatures } = layer;
    const shape = [rank, inFeatures];
    this.#down = new Parameter({
      shape,
      fill: kaimingUniformFill({ shape, random, gain: Math.sqrt(1 / 3) }),
    });
    this.#up = new Parameter({ shape: [outFeatures, rank] });
    // fields of the layer, so that its model finds them under the layer's path
    Object.assign(layer, { lora_A: this.#down, lora_B: this.#up });
    const plain = layer.call.bind(layer);
    const call = (x: tf.Tensor) =>
      this.#original ? plain(x) : tf.tidy(() => tf.add(plain(x), this.#update(x)));
    Object.defineProperty(layer, 'call', { value: call, configurable: true, enumerable: false });
  }

  get #scale(): number {
    return this.#alpha / this.#rank;
  }

  /** Its weight is [inFeatures, outFeatures]. */
  get #transposed(): boolean {
    return this.#layer instanceof Gpt2Conv1D;
  }

  describe(): { rank: number; alpha: number; transposed: boolean } {
    return { rank: this.#rank, alpha: this.#alpha, transposed: this.#transposed };
  }

  variables(): [string, tf.Variable][] {
    const at = (name: string) => (this.path ? `${this.path}.${name}` : name);
    return [
      [at('lora_A'), this.#down.variable],
      [at('lora_B'), this.#up.variable],
    ];
  }

  #update(x: tf.Tensor): tf.Tensor {
    const rows = tf.reshape(x, [-1, this.#layer.inFeatures]);
    const low = tf.matMul(rows, this.#down.variable as tf.Tensor2D, false, true);
    const high = tf.matMul(low, this.#up.variable as tf.Tensor2D, false, true);
    return tf.reshape(tf.mul(high, this.#scale), [...x.shape.slice(0, -1), this.#layer.outFeatures]);
  }

  merge(): void {
    const weight = this.#layer.weight.variable;
    this.#original = tf.keep(tf.mul(weight, 1));
    tf.tidy(() => {
      const [up, down] = [this.#up.variable as tf.Tensor2D, this.#down.variable as tf.Tensor2D];
      const update = this.#transposed ? tf.matMul(down, up, true, true) : tf.matMul(up, down);
      weight.assign(tf.add(weight, tf.mul(update, this.#scale)));
    });
  }

  unmerge(): void {
    if (!this.#original) return;
    this.#layer.weight.variable.assign(this.#original);
    this.#original.dispose();
    this.#original = undefined;
  }

  dispose(): void {
    this.#original?.dispose();
    this.#down.dispose();
    this.#up.dispose();
    for (const name of ['lora_A', 'lora_B', 'call']) Reflect.deleteProperty(this.#layer, name);
  }
}
