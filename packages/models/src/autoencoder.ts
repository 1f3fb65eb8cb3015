import * as tf from '@tensorflow/tfjs-core';
import { type ActivationName, activation, type CallOptions, Linear, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** Plain settings of an autoencoder; everything but the weights. */
export interface AutoencoderConfig {
  inFeatures: number;
  /** sizes of the encoder's layers, from the input on; the decoder mirrors them. Default [256, 128]. */
  hidden?: readonly number[];
  /** after every layer but the decoder's last. Default 'relu'. */
  activation?: ActivationName;
}

/**
 * Fully connected layers fc1, fc2, … with an activation between them.
 *
 * @param x - [..., inFeatures] to [..., outFeatures]
 */
export class Mlp extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #layers: readonly Linear[];
  readonly #activation: (x: tf.Tensor) => tf.Tensor;
  readonly #activateLast: boolean;

  constructor(
    sizes: readonly number[],
    options: { activation: ActivationName; activateLast: boolean; random: Random },
  ) {
    super();
    this.inFeatures = sizes[0] as number;
    this.outFeatures = sizes.at(-1) as number;
    this.#layers = sizes
      .slice(1)
      .map((size, index) => new Linear(sizes[index] as number, size, { random: options.random }));
    this.#activation = activation(options.activation);
    this.#activateLast = options.activateLast;
  }

  override *children(): Iterable<[string, Linear]> {
    for (const [index, layer] of this.#layers.entries()) yield [`fc${index + 1}`, layer];
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      let value = x;
      for (const [index, layer] of this.#layers.entries()) {
        value = layer.call(value);
        if (this.#activateLast || index < this.#layers.length - 1) value = this.#activation(value);
      }
      return value;
    });
  }
}

/** An encoder and a decoder, each a model of its own with its own checkpoint. */
export class Autoencoder extends Module {
  readonly config: Required<AutoencoderConfig>;
  /** [..., inFeatures] to [..., hidden.at(-1)], activated: what a head is put on. */
  readonly encoder: Mlp;
  /** [..., hidden.at(-1)] to [..., inFeatures], not activated: values, or logits of binary data. */
  readonly decoder: Mlp;

  constructor(config: AutoencoderConfig & { random: Random }) {
    super();
    const { inFeatures, hidden = [256, 128], activation: name = 'relu', random } = config;
    if (hidden.length === 0) {
      throw new RangeError('autoencoder: hidden must name at least one size, got none.');
    }
    this.config = { inFeatures, hidden: [...hidden], activation: name };
    const sizes = [inFeatures, ...hidden];
    this.encoder = new Mlp(sizes, { activation: name, activateLast: true, random });
    this.decoder = new Mlp([...sizes].reverse(), { activation: name, activateLast: false, random });
  }

  /**
   * @param x - [batchSize, inFeatures]
   * @returns the reconstruction, [batchSize, inFeatures]; logits where the data is binary
   */
  override call(x: tf.Tensor, _options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.decoder.call(this.encoder.call(x)));
  }

  /** What the encoder makes of x: [batchSize, hidden.at(-1)]. */
  features(x: tf.Tensor): tf.Tensor {
    return this.encoder.call(x);
  }
}

/**
 * An autoencoder for tables and expression profiles, to pre-train by masking.
 *
 * Paths: `encoder.fc1.weight`, …, `decoder.fc1.weight`, …
 *
 * @throws RangeError if a size is not a whole number of at least 1, or the activation is unknown
 */
export function autoencoder(config: AutoencoderConfig & { random: Random }): Autoencoder {
  return new Autoencoder(config);
}
