import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { type ActivationName, activation } from './activations.js';
import { type AttentionInput, MultiheadAttention } from './attention.js';
import { Dropout } from './dropout.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { type CallOptions, Module } from './module.js';
import { requireNamed, requireSize } from './size.js';

export interface TransformerBlockOptions {
  random: Random;
  features: number;
  headCount: number;
  /** width of the MLP. Default 4 × features. */
  hiddenFeatures?: number;
  dropout?: number;
  /** Default 'relu'. */
  activation?: ActivationName;
  /** normalise before attention and MLP rather than after. Default false. */
  normFirst?: boolean;
  /** of the layer norms. Default 1e-5. */
  epsilon?: number;
}

/** What a block takes: tokens, and what each may see. */
export interface TransformerBlockInput extends Pick<AttentionInput, 'keyMask' | 'pairMask' | 'causal'> {
  /** [batch, length, features] */
  x: tf.Tensor;
}

/**
 * Attention and an MLP, each with a residual connection and a layer norm.
 *
 * @see Vaswani et al. 2017, arXiv 1706.03762 §3.1; torch.nn.TransformerEncoderLayer(batch_first=True)
 */
export class TransformerBlock extends Module<TransformerBlockInput> {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout: Dropout;
  readonly normFirst: boolean;
  readonly #activation: (x: tf.Tensor) => tf.Tensor;

  constructor(options: TransformerBlockOptions) {
    super();
    const { random, features, headCount, dropout = 0, epsilon = 1e-5 } = options;
    requireSize('TransformerBlock', 'features', features);
    const hidden = options.hiddenFeatures ?? 4 * features;
    this.self_attn = new MultiheadAttention(features, headCount, { random, dropout });
    this.linear1 = new Linear(features, hidden, { random });
    this.linear2 = new Linear(hidden, features, { random });
    this.norm1 = new LayerNorm(features, { epsilon });
    this.norm2 = new LayerNorm(features, { epsilon });
    this.dropout = new Dropout(dropout);
    this.normFirst = options.normFirst ?? false;
    this.#activation = activation(options.activation ?? 'relu');
  }

  /** @returns [batch, length, features] */
  override call(input: TransformerBlockInput, options?: CallOptions): tf.Tensor {
    const { x, ...masks } = input;
    requireNamed('TransformerBlock', 'x', x);
    return tf.tidy(() => {
      const attend = (query: tf.Tensor) =>
        this.dropout.call(this.self_attn.call({ query, ...masks }, options), options);
      const think = (value: tf.Tensor) => {
        const hidden = this.dropout.call(this.#activation(this.linear1.call(value)), options);
        return this.dropout.call(this.linear2.call(hidden), options);
      };
      if (this.normFirst) {
        const y = tf.add(x, attend(this.norm1.call(x)));
        return tf.add(y, think(this.norm2.call(y)));
      }
      const y = this.norm1.call(tf.add(x, attend(x)));
      return this.norm2.call(tf.add(y, think(y)));
    });
  }
}
