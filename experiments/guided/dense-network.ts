import { normalRandom } from '@warmstart/random';
import type { StateDict } from '@warmstart/shapes';
import { accumulate, backward, linear } from './dense-loops.js';

/** Examples: inputs [count, features], and targets [count, outputs] or class numbers [count]. */
export interface Examples {
  inputs: Float64Array;
  targets: Float64Array;
  count: number;
}

/**
 * A small network on the host in float64: linear layers with relu between, a squared or a cross-entropy
 * loss. For experiments in which thousands of tiny networks are trained, where each step is shorter than
 * the launch of one kernel. Weights are one array, layer by layer: weight [out, in], then bias [out].
 */
export class DenseNetwork {
  readonly sizes: readonly number[];
  readonly loss: 'squared' | 'cross-entropy';
  /** Where each layer's weight starts, and where all end. */
  readonly offsets: readonly number[];
  readonly #activations: Float64Array[] = [];
  #capacity = 0;

  constructor(sizes: readonly number[], loss: 'squared' | 'cross-entropy') {
    this.sizes = sizes;
    this.loss = loss;
    const offsets = [0];
    for (let layer = 0; layer < sizes.length - 1; layer++) {
      offsets.push((offsets[layer] ?? 0) + this.#fan(layer + 1) * (this.#fan(layer) + 1));
    }
    this.offsets = offsets;
  }

  get layerCount(): number {
    return this.sizes.length - 1;
  }

  /** Weights in all. */
  get size(): number {
    return this.offsets[this.layerCount] ?? 0;
  }

  /** Where each tensor starts and ends: weight, bias, weight, … */
  get tensors(): [number, number][] {
    return Array.from({ length: this.layerCount }, (_, layer) => {
      const from = this.offsets[layer] ?? 0;
      const middle = from + this.#fan(layer) * this.#fan(layer + 1);
      return [
        [from, middle],
        [middle, this.offsets[layer + 1] ?? 0],
      ] as [number, number][];
    }).flat();
  }

  #fan(layer: number): number {
    return this.sizes[layer] ?? 0;
  }

  /** He's initialisation, biases 0. @see He et al. 2015, arXiv 1502.01852 */
  initial(random: () => number): Float64Array {
    const weights = new Float64Array(this.size);
    const normal = normalRandom(random);
    for (let layer = 0; layer < this.layerCount; layer++) {
      const from = this.offsets[layer] ?? 0;
      const count = this.#fan(layer) * this.#fan(layer + 1);
      const deviation = Math.sqrt(2 / this.#fan(layer));
      for (let i = from; i < from + count; i++) weights[i] = deviation * normal();
    }
    return weights;
  }

  /** Outputs of the last layer, [count, outputs]; valid until the next call. */
  forward(weights: Float64Array, { inputs, count }: Pick<Examples, 'inputs' | 'count'>): Float64Array {
    this.#reserve(count);
    let input = inputs;
    for (let layer = 0; layer < this.layerCount; layer++) {
      const output = this.#activations[layer] as Float64Array;
      const isLast = layer === this.layerCount - 1;
      linear(weights, this.offsets[layer] ?? 0, input, output, count, this.#fan(layer), this.#fan(layer + 1));
      if (!isLast)
        for (let i = 0; i < count * this.#fan(layer + 1); i++) if ((output[i] as number) < 0) output[i] = 0;
      input = output;
    }
    return input;
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = count;
    for (let layer = 0; layer < this.layerCount; layer++) {
      this.#activations[layer] = new Float64Array(count * this.#fan(layer + 1));
    }
  }

  /**
   * The loss, and its gradient into `gradient` from layer `first` on (0 elsewhere).
   */
  gradient(weights: Float64Array, examples: Examples, gradient: Float64Array, first = 0): number {
    const outputs = this.forward(weights, examples);
    const width = this.#fan(this.layerCount);
    let [delta, loss] =
      this.loss === 'squared'
        ? squaredDelta(outputs, examples, width)
        : crossEntropyDelta(outputs, examples, width);
    gradient.fill(0);
    for (let layer = this.layerCount - 1; layer >= first; layer--) {
      const input = layer === 0 ? examples.inputs : (this.#activations[layer - 1] as Float64Array);
      const from = this.offsets[layer] ?? 0;
      const sizes = [examples.count, this.#fan(layer), this.#fan(layer + 1)] as const;
      accumulate(gradient, from, input, delta, ...sizes);
      if (layer > first) delta = backward(weights, from, input, delta, ...sizes);
    }
    return loss;
  }

  /** Mean squared error, or share of wrong classes. */
  error(weights: Float64Array, examples: Examples): number {
    const outputs = this.forward(weights, examples);
    const width = this.#fan(this.layerCount);
    const { count, targets } = examples;
    if (this.loss === 'squared') return squaredDelta(outputs, examples, width)[1];
    let wrong = 0;
    for (let row = 0; row < count; row++) {
      let best = 0;
      for (let j = 1; j < width; j++) {
        if ((outputs[row * width + j] as number) > (outputs[row * width + best] as number)) best = j;
      }
      if (best !== targets[row]) wrong++;
    }
    return wrong / count;
  }

  /** The first `layers` layers as float32 tensors `layer<i>.weight` and `layer<i>.bias`. */
  stateDict(weights: Float64Array, layers = this.layerCount): StateDict {
    const state: StateDict = new Map();
    for (let layer = 0; layer < layers; layer++) {
      const from = this.offsets[layer] ?? 0;
      const [inputs, outputs] = [this.#fan(layer), this.#fan(layer + 1)];
      const middle = from + inputs * outputs;
      const part = (a: number, b: number) => Float32Array.from(weights.subarray(a, b));
      state.set(`layer${layer}.weight`, {
        dtype: 'float32',
        shape: [outputs, inputs],
        data: part(from, middle),
      });
      state.set(`layer${layer}.bias`, {
        dtype: 'float32',
        shape: [outputs],
        data: part(middle, middle + outputs),
      });
    }
    return state;
  }

  /** Weights from a state dict of the first layers; the rest is `rest` (default 0). */
  fromState(state: StateDict, rest = 0): Float64Array {
    const weights = new Float64Array(this.size).fill(rest);
    let at = 0;
    for (const { data } of state.values()) {
      weights.set(data as Float32Array, at);
      at += data.length;
    }
    return weights;
  }
}

function squaredDelta(
  outputs: Float64Array,
  { targets, count }: Examples,
  width: number,
): [Float64Array, number] {
  const delta = new Float64Array(count * width);
  let sum = 0;
  for (let i = 0; i < delta.length; i++) {
    const error = (outputs[i] as number) - (targets[i] as number);
    sum += error * error;
    delta[i] = (2 * error) / delta.length;
  }
  return [delta, sum / delta.length];
}

function crossEntropyDelta(
  outputs: Float64Array,
  { targets, count }: Examples,
  width: number,
): [Float64Array, number] {
  const delta = new Float64Array(count * width);
  let loss = 0;
  for (let row = 0; row < count; row++) {
    const at = row * width;
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < width; j++) largest = Math.max(largest, outputs[at + j] as number);
    let sum = 0;
    for (let j = 0; j < width; j++) sum += Math.exp((outputs[at + j] as number) - largest);
    const target = targets[row] as number;
    loss += Math.log(sum) + largest - (outputs[at + target] as number);
    for (let j = 0; j < width; j++) {
      const probability = Math.exp((outputs[at + j] as number) - largest) / sum;
      delta[at + j] = (probability - (j === target ? 1 : 0)) / count;
    }
  }
  return [delta, loss / count];
}
