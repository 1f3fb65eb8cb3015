import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  type CallOptions,
  Dropout,
  gelu,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  orthogonalProjection,
  Parameter,
  performerAttention,
  requireHeads,
  splitHeads,
} from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import type { Random } from '@warmstart/shapes';
import type { ScBertSettings } from './scbert-settings.js';

/** The attention's random directions: kept in checkpoints, never learned, drawn anew now and then. */
class RandomDirections extends Module<never, never> {
  readonly projection_matrix: Parameter;

  constructor({ randomFeatures, headFeatures, random }: ScBertSettings) {
    super();
    const shape = [randomFeatures, headFeatures];
    const [high, low] = [random(), random()];
    const fill = (values: Float32Array) =>
      values.set(orthogonalProjection(randomFeatures, headFeatures, seededRandom(high, low)));
    this.projection_matrix = new Parameter({ shape, kind: 'buffer', fill });
  }

  redraw(random: Random): void {
    const { shape, variable } = this.projection_matrix;
    const [count, size] = shape as [number, number];
    tf.tidy(() => variable.assign(tf.tensor2d(orthogonalProjection(count, size, random), [count, size])));
  }

  override call(): never {
    throw new TypeError('RandomDirections: has no call. Read its projection_matrix.');
  }
}

class FastAttention extends Module {
  readonly fast_attention: RandomDirections;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: Linear;
  readonly #headCount: number;
  readonly #dropout: Dropout;

  constructor(settings: ScBertSettings) {
    super();
    const { features, headCount, headFeatures, dropout, random } = settings;
    const inner = headCount * headFeatures;
    requireHeads('scbert', inner, headCount);
    this.fast_attention = new RandomDirections(settings);
    const thin = { random, bias: false };
    this.to_q = new Linear(features, inner, thin);
    this.to_k = new Linear(features, inner, thin);
    this.to_v = new Linear(features, inner, thin);
    this.to_out = new Linear(inner, features, { random });
    this.#headCount = headCount;
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const heads = (layer: Linear) => splitHeads(layer.call(x), this.#headCount);
      const attended = performerAttention({
        query: heads(this.to_q),
        key: heads(this.to_k),
        value: heads(this.to_v),
        projection: this.fast_attention.projection_matrix.variable,
      });
      return this.#dropout.call(this.to_out.call(mergeHeads(attended)), options);
    });
  }
}

class FeedForward extends Module {
  readonly w1: Linear;
  readonly w2: Linear;
  readonly #dropout: Dropout;

  constructor({ features, dropout, random }: ScBertSettings) {
    super();
    this.w1 = new Linear(features, 4 * features, { random });
    this.w2 = new Linear(4 * features, features, { random });
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.w2.call(this.#dropout.call(gelu(this.w1.call(x)), options)));
  }
}

/** Normalised, then given to its part; `partPath` is where the published checkpoint keeps the part. */
class PreNorm extends Module {
  readonly norm: LayerNorm;
  readonly part: Module;
  readonly #partPath: string;

  constructor(features: number, part: Module, partPath: string) {
    super();
    this.norm = new LayerNorm(features);
    this.part = part;
    this.#partPath = partPath;
  }

  override *children(): Iterable<[string, AnyModule]> {
    yield ['norm', this.norm];
    yield [this.#partPath, this.part];
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => tf.add(x, this.part.call(this.norm.call(x), options)));
  }
}

/** scBERT's layers under `net.layers`: attention at .0, MLP at .1. */
export class Performer extends Module {
  readonly calls_since_last_redraw: Parameter;
  readonly layers: readonly (readonly [PreNorm, PreNorm])[];
  readonly #attentions: readonly FastAttention[];

  constructor(settings: ScBertSettings) {
    super();
    const { features, layerCount } = settings;
    this.calls_since_last_redraw = new Parameter({ shape: [], kind: 'buffer', dtype: 'int64' });
    this.#attentions = Array.from({ length: layerCount }, () => new FastAttention(settings));
    this.layers = this.#attentions.map((attention) => [
      new PreNorm(features, attention, 'fn'),
      new PreNorm(features, new FeedForward(settings), 'fn.fn'),
    ]);
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield ['calls_since_last_redraw', this.calls_since_last_redraw];
    for (const [index, [attention, mlp]] of this.layers.entries()) {
      yield [`net.layers.${index}.0`, attention];
      yield [`net.layers.${index}.1`, mlp];
    }
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.layers.flat().reduce((y, part) => part.call(y, options), x));
  }

  redraw(random: Random): void {
    for (const attention of this.#attentions) attention.fast_attention.redraw(random);
    tf.tidy(() => this.calls_since_last_redraw.variable.assign(tf.scalar(0, 'int32')));
  }
}
