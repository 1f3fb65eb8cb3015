import * as tf from '@tensorflow/tfjs-core';
import { autoencoder, Mlp } from '@warmstart/models';
import { Linear, Module } from '@warmstart/nn';
import { seededRandom } from '@warmstart/random';
import { ImageEncoder } from './image-encoder.js';
import type { Table } from './table.js';
import { TokenEncoder } from './token-encoder.js';

/** What learns from the hidden values: fully connected, convolutions on images, a transformer on letters. */
export type EncoderKind = 'mlp' | 'conv' | 'transformer';

const features = 128;
const token = { features: 32, blocks: 2 };

/** An encoder, and a decoder that rebuilds the input from what the encoder makes of it. */
export class Rebuilder extends Module {
  readonly encoder: Module;
  readonly decoder: Module;

  constructor(encoder: Module, decoder: Module) {
    super();
    this.encoder = encoder;
    this.decoder = decoder;
  }

  /** @returns shaped like x: values, or logits; the caller disposes it */
  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.decoder.call(this.encoder.call(x)));
  }
}

/** Features that an encoder for this table gives a row. */
export function encoderFeatures(table: Table): number {
  return table.encoder === 'transformer' ? tokenCount(table) * token.features : features;
}

/** The model of a table before any training, the same for the same seed. */
export function makeRebuilder(table: Table, seed: number): Rebuilder {
  const { width, encoder: kind = 'mlp' } = table;
  const random = seededRandom(seed, 'encoder');
  if (kind === 'mlp') {
    const { encoder, decoder } = autoencoder({ inFeatures: width, hidden: [256, features], random });
    return new Rebuilder(encoder, decoder);
  }
  if (kind === 'conv') {
    const encoder = new ImageEncoder({ side: Math.sqrt(width), features, random });
    const sizes = [features, 256, width];
    return new Rebuilder(encoder, new Mlp(sizes, { activation: 'relu', activateLast: false, random }));
  }
  const length = tokenCount(table);
  const letters = width / length;
  const encoder = new TokenEncoder({ length, letters, ...token, random });
  return new Rebuilder(encoder, new TokenDecoder(letters, length, random));
}

/** Which letter each token was, from its state alone. */
class TokenDecoder extends Module {
  readonly letters: Linear;
  readonly #length: number;

  constructor(letters: number, length: number, random: () => number) {
    super();
    this.#length = length;
    this.letters = new Linear(token.features, letters, { random });
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const states = tf.reshape(x, [-1, token.features]);
      return tf.reshape(this.letters.call(states), [-1, this.#length * this.letters.outFeatures]);
    });
  }
}

function tokenCount({ width, groups }: Table): number {
  return width / (groups[0]?.length ?? 1);
}
