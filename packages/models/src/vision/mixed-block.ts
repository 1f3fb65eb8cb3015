import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, averagePool2d, type CallOptions, Module, maxPool2d, type Pair } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { ConvNormRelu } from './conv-norm.js';

/** One convolution of a mixed block: name, output channels, window, and stride or padding if any. */
export type Brick = readonly [name: string, channels: number, window: Pair, options?: BrickOptions];

interface BrickOptions {
  stride?: number;
  padding?: Pair;
}

/** How branches pool their input: 3 × 3, at stride 1 with a margin, or at stride 2 without. */
export type Pooling = 'average' | 'average-inside' | 'max' | 'max-stride-2';

/** A branch: bricks in a row; in an inner list, side by side. A pooling may come first. */
export type Branch = readonly (Brick | readonly Brick[] | Pooling)[];

/** Branches over one input, joined by channels: what Inception networks are made of. */
export class MixedBlock extends Module {
  readonly outChannels: number;
  readonly #branches: readonly Branch[];
  readonly #bricks = new Map<string, ConvNormRelu>();

  constructor(inChannels: number, branches: readonly Branch[], random: Random) {
    super();
    this.#branches = branches;
    let total = 0;
    for (const branch of branches) {
      let channels = inChannels;
      for (const step of branch) {
        if (typeof step === 'string') continue;
        const bricks = bricksOf(step);
        for (const [name, outChannels, window, options] of bricks) {
          const brick = new ConvNormRelu([channels, outChannels], { random, window, ...options });
          this.#bricks.set(name, brick);
        }
        channels = bricks.reduce((sum, [, outChannels]) => sum + outChannels, 0);
      }
      total += channels;
    }
    this.outChannels = total;
  }

  override *children(): Iterable<[string, AnyModule]> {
    yield* this.#bricks;
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const ends = this.#branches.map((branch) => {
        let y = x;
        for (const step of branch) {
          if (typeof step === 'string') {
            y = poolBy(step, y);
            continue;
          }
          const from = y;
          const sides = bricksOf(step).map(([name]) =>
            (this.#bricks.get(name) as AnyModule).call(from, options),
          );
          y = sides.length === 1 ? (sides[0] as tf.Tensor) : tf.concat(sides, 3);
        }
        return y;
      });
      return tf.concat(ends, 3);
    });
  }
}

function bricksOf(step: Brick | readonly Brick[]): readonly Brick[] {
  return typeof step[0] === 'string' ? [step as Brick] : (step as readonly Brick[]);
}

function poolBy(pooling: Pooling, x: tf.Tensor): tf.Tensor {
  if (pooling === 'max-stride-2') return maxPool2d(x, { window: 3, stride: 2 });
  const options = { window: 3, stride: 1, padding: 1 };
  if (pooling === 'max') return maxPool2d(x, { ...options, ceilMode: true });
  return averagePool2d(x, { ...options, countIncludePad: pooling === 'average' });
}
