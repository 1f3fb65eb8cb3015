import * as tf from '@tensorflow/tfjs-core';
import { autoencoder, type Bert, type BertConfig, bert, type Mlp } from '@warmstart/models';
import { type CallOptions, Module } from '@warmstart/nn';
import type { NamedVariable, Random } from '@warmstart/shapes';

/** An encoder's shape as plain data, kept in its file: what is needed to make it again. */
export type Architecture =
  | { kind: 'mlp'; inFeatures: number; hidden: number[] }
  | { kind: 'bert'; config: BertConfig & { features: number; paddingId: number } }
  /** A published network, which stays in its own file; only what is put on it is trained. */
  | {
      kind: 'published';
      model: string;
      weights: string;
      sha256: string;
      featureCount: number;
      vocabulary?: string;
    };

/** Makes rows of numbers (or of token ids) into features. */
export type Encoder = Module<tf.Tensor, tf.Tensor>;

/** How many features an encoder gives. */
export function featureCountOf(architecture: Architecture): number {
  if (architecture.kind === 'mlp') return architecture.hidden.at(-1) as number; // never empty, by the settings
  return architecture.kind === 'bert' ? architecture.config.features : architecture.featureCount;
}

/** A new encoder with weights drawn from `random`; the caller disposes it. */
export function makeEncoder(architecture: Architecture, random: Random): Encoder {
  if (architecture.kind === 'bert') return new TextEncoder(bert({ ...architecture.config, random }));
  if (architecture.kind === 'published') return new Identity();
  const { inFeatures, hidden } = architecture;
  const { encoder, decoder } = autoencoder({ inFeatures, hidden, random });
  decoder.dispose();
  return encoder as Mlp;
}

/** BERT's states, averaged over the tokens that are there. */
export class TextEncoder extends Module<tf.Tensor, tf.Tensor> {
  readonly bert: Bert;

  constructor(model: Bert) {
    super();
    this.bert = model;
  }

  /** Under BERT's own paths, so that the file fits other tools. */
  override *children(): ReturnType<Module['children']> {
    yield* this.bert.children();
  }

  /** @param ids - token ids as numbers, [batch, length] */
  override call(ids: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const tokens = tf.cast(ids, 'int32');
      const mask = tf.cast(tf.notEqual(tokens, this.bert.config.paddingId), 'float32');
      const states = this.bert.encode({ tokens, mask }, options);
      const sum = tf.sum(tf.mul(states, tf.expandDims(mask, 2)), 1);
      return tf.div(sum, tf.maximum(tf.sum(mask, 1, true), 1));
    });
  }
}

/** The features of a published network, computed once before: nothing is left to do. */
class Identity extends Module<tf.Tensor, tf.Tensor> {
  override call(features: tf.Tensor): tf.Tensor {
    return tf.clone(features);
  }

  override *namedVariables(): Iterable<NamedVariable> {}
}
