import type { Random } from '@warmstart/shapes';

interface Layer {
  inputs: number;
  outputs: number;
  /** where its weights [outputs, inputs] begin, and behind them its biases */
  at: number;
}

/**
 * A fully connected net with tanh between its layers, in plain numbers: the figures of the first page train dozens of
 * these before an engine has even been fetched.
 */
export interface SmallNet {
  layers: readonly Layer[];
  /** all weights and biases, layer by layer */
  weights: Float64Array;
  /** Adam's running means, and the steps it has made */
  first: Float64Array;
  second: Float64Array;
  steps: number;
}

/**
 * @param sizes - of the input, the hidden layers and the output
 * @param gain - how wild the net begins: 1 is LeCun's scale, 2 bends twice as hard
 */
export function smallNet(sizes: readonly number[], random: Random, gain: number): SmallNet {
  const layers: Layer[] = [];
  let at = 0;
  for (let index = 1; index < sizes.length; index++) {
    const [inputs, outputs] = [sizes[index - 1] as number, sizes[index] as number];
    layers.push({ inputs, outputs, at });
    at += outputs * (inputs + 1);
  }
  const weights = new Float64Array(at);
  for (const [index, { inputs, outputs, at: start }] of layers.entries()) {
    const isLast = index === layers.length - 1;
    const scale = (isLast ? 1 : gain) * Math.sqrt(3 / inputs);
    for (let i = 0; i < inputs * outputs; i++) weights[start + i] = (2 * random() - 1) * scale;
    // spread the bends over the input's range
    if (index === 0)
      for (let i = 0; i < outputs; i++) weights[start + inputs * outputs + i] = (2 * random() - 1) * gain;
  }
  return { layers, weights, first: new Float64Array(at), second: new Float64Array(at), steps: 0 };
}

/** The same weights, with an optimizer that has not moved yet. */
export function copyNet({ layers, weights }: SmallNet): SmallNet {
  const size = weights.length;
  const [first, second] = [new Float64Array(size), new Float64Array(size)];
  return { layers, weights: weights.slice(), first, second, steps: 0 };
}

/** @returns [rows, outputs] for inputs [rows, inputs] */
export function predict(net: SmallNet, x: Float64Array): Float64Array {
  return forward(net, x).at(-1) as Float64Array;
}

/**
 * One step of Adam on the mean squared error over the counted outputs.
 *
 * @param x - [rows, inputs]
 * @param y - [rows, outputs]
 * @param counted - [rows, outputs], 1 where the error counts; all, if not given
 * @returns the error before the step
 */
export function trainStep(
  net: SmallNet,
  { x, y, counted }: { x: Float64Array; y: Float64Array; counted?: Uint8Array | undefined },
  rate: number,
): number {
  const values = forward(net, x);
  const output = values.at(-1) as Float64Array;
  const slope = new Float64Array(output.length);
  let [error, count] = [0, 0];
  for (let i = 0; i < output.length; i++) {
    if (counted && counted[i] === 0) continue;
    const difference = (output[i] as number) - (y[i] as number);
    slope[i] = 2 * difference;
    error += difference * difference;
    count++;
  }
  for (let i = 0; i < slope.length; i++) slope[i] = (slope[i] as number) / count;
  adam(net, gradient(net, values, slope), rate);
  return error / count;
}

/** Values of the input and of every layer. */
function forward({ layers, weights }: SmallNet, x: Float64Array): Float64Array[] {
  const values = [x];
  const rows = x.length / (layers[0]?.inputs ?? 1);
  for (const [index, { inputs, outputs, at }] of layers.entries()) {
    const from = values[index] as Float64Array;
    const to = new Float64Array(rows * outputs);
    const bend = index < layers.length - 1;
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outputs; o++) {
        let sum = weights[at + inputs * outputs + o] as number;
        const start = at + o * inputs;
        for (let i = 0; i < inputs; i++)
          sum += (weights[start + i] as number) * (from[row * inputs + i] as number);
        to[row * outputs + o] = bend ? Math.tanh(sum) : sum;
      }
    }
    values.push(to);
  }
  return values;
}

function gradient(
  { layers, weights }: SmallNet,
  values: readonly Float64Array[],
  last: Float64Array,
): Float64Array {
  const result = new Float64Array(weights.length);
  let slope = last;
  for (let index = layers.length - 1; index >= 0; index--) {
    const { inputs, outputs, at } = layers[index] as Layer;
    const from = values[index] as Float64Array;
    const below = new Float64Array(from.length);
    for (let row = 0; row < from.length / inputs; row++) {
      for (let o = 0; o < outputs; o++) {
        const s = slope[row * outputs + o] as number;
        if (s === 0) continue;
        const bias = at + inputs * outputs + o;
        result[bias] = (result[bias] as number) + s;
        for (let i = 0; i < inputs; i++) {
          const [weight, value] = [at + o * inputs + i, row * inputs + i];
          result[weight] = (result[weight] as number) + s * (from[value] as number);
          below[value] = (below[value] as number) + s * (weights[weight] as number);
        }
      }
    }
    if (index > 0)
      for (let i = 0; i < below.length; i++) below[i] = (below[i] as number) * (1 - (from[i] as number) ** 2);
    slope = below;
  }
  return result;
}

/** Kingma and Ba 2014, arXiv 1412.6980, with its usual constants. */
function adam(net: SmallNet, slope: Float64Array, rate: number): void {
  net.steps++;
  const { weights, first, second, steps } = net;
  const size = rate * (Math.sqrt(1 - 0.999 ** steps) / (1 - 0.9 ** steps));
  for (let i = 0; i < weights.length; i++) {
    const g = slope[i] as number;
    const mean = 0.9 * (first[i] as number) + 0.1 * g;
    const square = 0.999 * (second[i] as number) + 0.001 * g * g;
    first[i] = mean;
    second[i] = square;
    weights[i] = (weights[i] as number) - (size * mean) / (Math.sqrt(square) + 1e-8);
  }
}
