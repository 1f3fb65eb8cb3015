import { normalRandom, seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import type { Fill } from './parameter.js';

/**
 * Each fill takes its own seed from `random` when it is made, and draws when it is run: values depend on the
 * order in which a model is built, not on when its tensors are first needed.
 */
function ownStream(random: Random): () => Random {
  if (typeof random !== 'function') {
    throw new TypeError(
      `random must be a function that draws numbers from 0 to 1, got ${typeof random}. Use seededRandom(1, 'init').`,
    );
  }
  const high = Math.floor(random() * 4294967296);
  const low = Math.floor(random() * 4294967296);
  return () => seededRandom(high, low);
}

/** Uniform in [low, high). */
export function uniformFill(low: number, high: number, random: Random): Fill {
  const stream = ownStream(random);
  return (values) => {
    const draw = stream();
    for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * draw();
  };
}

/** Normal with the given mean and standard deviation. */
export function normalFill(mean: number, deviation: number, random: Random): Fill {
  const stream = ownStream(random);
  return (values) => {
    const draw = normalRandom(stream());
    for (let i = 0; i < values.length; i++) values[i] = mean + deviation * draw();
  };
}

/** Normal, drawn again until within the given number of standard deviations. */
export function truncatedNormalFill(deviation: number, random: Random, within = 2): Fill {
  const stream = ownStream(random);
  return (values) => {
    const draw = normalRandom(stream());
    for (let i = 0; i < values.length; i++) {
      let value = draw();
      while (Math.abs(value) > within) value = draw();
      values[i] = deviation * value;
    }
  };
}

/** The same value everywhere. */
export function constantFill(value: number): Fill {
  return (values) => {
    values.fill(value);
  };
}

export interface FanOptions {
  /** PyTorch's shape of the weight: [out, in, ...window] */
  shape: readonly number[];
  random: Random;
}

export interface KaimingOptions extends FanOptions {
  /** √2 for ReLU (default); PyTorch's layers use √(1/3) */
  gain?: number;
  /** 'fanIn' (default) keeps the variance on the way forward, 'fanOut' that of gradients */
  mode?: 'fanIn' | 'fanOut';
}

export interface XavierOptions extends FanOptions {
  /** default 1, for linear layers; 5/3 for tanh */
  gain?: number;
}

/** How many inputs and outputs one value of the weight's output has. */
export function fans(shape: readonly number[]): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new RangeError(`fans: a weight must have 2 axes or more, got [${shape}].`);
  }
  const window = shape.slice(2).reduce((product, size) => product * size, 1);
  return { fanIn: (shape[1] as number) * window, fanOut: (shape[0] as number) * window };
}

/**
 * Uniform in ±gain · √(3 / fan): keeps the variance of what flows through rectifiers.
 *
 * @see He et al. 2015, arXiv 1502.01852; torch.nn.init.kaiming_uniform_
 */
export function kaimingUniformFill({
  shape,
  random,
  gain = Math.SQRT2,
  mode = 'fanIn',
}: KaimingOptions): Fill {
  const bound = gain * Math.sqrt(3 / fans(shape)[mode]);
  return uniformFill(-bound, bound, random);
}

/**
 * Normal with deviation gain / √fan.
 *
 * @see He et al. 2015, arXiv 1502.01852; torch.nn.init.kaiming_normal_
 */
export function kaimingNormalFill({
  shape,
  random,
  gain = Math.SQRT2,
  mode = 'fanIn',
}: KaimingOptions): Fill {
  return normalFill(0, gain / Math.sqrt(fans(shape)[mode]), random);
}

/**
 * Uniform in ±gain · √(6 / (fanIn + fanOut)).
 *
 * @see Glorot and Bengio 2010; torch.nn.init.xavier_uniform_
 */
export function xavierUniformFill({ shape, random, gain = 1 }: XavierOptions): Fill {
  const { fanIn, fanOut } = fans(shape);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniformFill(-bound, bound, random);
}
