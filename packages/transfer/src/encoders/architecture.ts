import type * as tf from '@tensorflow/tfjs-core';
import { autoencoder, type BertConfig, bert } from '@warmstart/models';
import type { Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { Identity } from './identity.js';
import { TextEncoder } from './text-encoder.js';

/** An encoder's shape as plain data, part of a card: what is needed to make it again. */
export type Architecture =
  /** No encoder: the head sees the prepared columns themselves. */
  | { readonly kind: 'identity'; readonly inFeatures: number }
  | { readonly kind: 'mlp'; readonly inFeatures: number; readonly hidden: readonly number[] }
  | { readonly kind: 'bert'; readonly config: BertConfig & { features: number; paddingId: number } };

/** Makes prepared rows, [batchSize, width], into features, [batchSize, featureCount]. */
export type Encoder = Module<tf.Tensor, tf.Tensor>;

/** How many features an encoder gives. */
export function featureCountOf(architecture: Architecture): number {
  switch (architecture.kind) {
    case 'identity':
      return architecture.inFeatures;
    case 'mlp':
      return architecture.hidden.at(-1) ?? architecture.inFeatures;
    case 'bert':
      return architecture.config.features;
  }
}

/** A new encoder with weights drawn from `random`; the caller disposes it. */
export function newEncoder(architecture: Architecture, random: Random): Encoder {
  switch (architecture.kind) {
    case 'identity':
      return new Identity();
    case 'bert':
      return new TextEncoder(bert({ ...architecture.config, random }));
    case 'mlp': {
      const { inFeatures, hidden } = architecture;
      const { encoder, decoder } = autoencoder({ inFeatures, hidden, random });
      decoder.dispose();
      return encoder;
    }
  }
}
