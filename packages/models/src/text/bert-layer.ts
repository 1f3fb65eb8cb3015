import * as tf from '@tensorflow/tfjs-core';
import {
  type ActivationName,
  type AnyModule,
  activation,
  type CallOptions,
  Dropout,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  requireHeads,
  scaledDotProductAttention,
  splitHeads,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

export interface BertLayerOptions {
  features: number;
  headCount: number;
  hiddenFeatures: number;
  dropout: number;
  epsilon: number;
  activation: ActivationName;
  random: Random;
}

/** What a layer takes. */
export interface BertLayerInput {
  /** [batch, length, features] */
  x: tf.Tensor;
  /** see `attentionBias` */
  bias: tf.Tensor | undefined;
}

/** A module under one more name, where the published paths have a level with nothing else in it. */
export class NamedChild<Child extends AnyModule> extends Module<never, never> {
  readonly child: Child;
  readonly #name: string;

  constructor(name: string, child: Child) {
    super();
    this.#name = name;
    this.child = child;
  }

  override *children(): Iterable<[string, AnyModule]> {
    yield [this.#name, this.child];
  }

  override call(): never {
    throw new TypeError('NamedChild: has no call of its own. Call its child.');
  }
}

/** Layers by number. */
export class LayerList<Layer extends AnyModule> extends Module<never, never> {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  override *children(): Iterable<[string, AnyModule]> {
    for (const [index, layer] of this.layers.entries()) yield [String(index), layer];
  }

  override call(): never {
    throw new TypeError('LayerList: has no call of its own. Call its layers.');
  }
}

class SelfAttention extends Module<BertLayerInput> {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly #headCount: number;
  readonly #dropout: Dropout;

  constructor({ features, headCount, dropout, random }: BertLayerOptions) {
    super();
    requireHeads('bert', features, headCount);
    this.query = new Linear(features, features, { random });
    this.key = new Linear(features, features, { random });
    this.value = new Linear(features, features, { random });
    this.#headCount = headCount;
    this.#dropout = new Dropout(dropout);
  }

  override call({ x, bias }: BertLayerInput, options?: CallOptions): tf.Tensor {
    const heads = (layer: Linear) => splitHeads(layer.call(x), this.#headCount);
    return tf.tidy(() => {
      const [query, key, value] = [heads(this.query), heads(this.key), heads(this.value)];
      const parts = { query, key, value, bias, dropout: this.#dropout };
      return mergeHeads(scaledDotProductAttention(parts, options));
    });
  }
}

/** A dense layer, added to what came before and normalised. */
class AddAndNorm extends Module<{ x: tf.Tensor; before: tf.Tensor }> {
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;
  readonly #dropout: Dropout;

  constructor(inFeatures: number, { features, epsilon, dropout, random }: BertLayerOptions) {
    super();
    this.dense = new Linear(inFeatures, features, { random });
    this.LayerNorm = new LayerNorm(features, { epsilon });
    this.#dropout = new Dropout(dropout);
  }

  override call({ x, before }: { x: tf.Tensor; before: tf.Tensor }, options?: CallOptions): tf.Tensor {
    return tf.tidy(() =>
      this.LayerNorm.call(tf.add(this.#dropout.call(this.dense.call(x), options), before)),
    );
  }
}

class Attention extends Module<BertLayerInput> {
  readonly self: SelfAttention;
  readonly output: AddAndNorm;

  constructor(options: BertLayerOptions) {
    super();
    this.self = new SelfAttention(options);
    this.output = new AddAndNorm(options.features, options);
  }

  override call(input: BertLayerInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.output.call({ x: this.self.call(input, options), before: input.x }, options));
  }
}

/** Attention and an MLP, each added to its input and normalised after. */
export class BertLayer extends Module<BertLayerInput> {
  readonly attention: Attention;
  readonly intermediate: NamedChild<Linear>;
  readonly output: AddAndNorm;
  readonly #activation: (x: tf.Tensor) => tf.Tensor;

  constructor(options: BertLayerOptions) {
    super();
    const { features, hiddenFeatures, random } = options;
    this.attention = new Attention(options);
    this.intermediate = new NamedChild('dense', new Linear(features, hiddenFeatures, { random }));
    this.output = new AddAndNorm(hiddenFeatures, options);
    this.#activation = activation(options.activation);
  }

  override call(input: BertLayerInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const before = this.attention.call(input, options);
      const x = this.#activation(this.intermediate.child.call(before));
      return this.output.call({ x, before }, options);
    });
  }
}
