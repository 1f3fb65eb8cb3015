import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  activation,
  Conv1d,
  constantFill,
  Linear,
  Module,
  maxOverAxis,
  normalFill,
  Parameter,
  uniformFill,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** [window, channels] of one character convolution. */
export type ElmoFilter = readonly [window: number, channels: number];

/** Bytes, six marks, and 0 for nothing. */
const characterCount = 262;

/** Words from their characters: [batch, words, 50] to [batch, words, projection]. */
export class ElmoCharacters extends Module<tf.Tensor, { words: tf.Tensor; mask: tf.Tensor }> {
  readonly embedding: Parameter;
  readonly convolutions: readonly Conv1d[];
  readonly highways: readonly Linear[];
  readonly projection: Linear;

  constructor(options: {
    characterFeatures: number;
    filters: readonly ElmoFilter[];
    highwayCount: number;
    projection: number;
    random: Random;
  }) {
    super();
    const { characterFeatures, filters, highwayCount, projection, random } = options;
    const draw = uniformFill(-1, 1, random);
    this.embedding = new Parameter({
      shape: [characterCount, characterFeatures],
      fill: (values) => {
        draw(values);
        values.fill(0, 0, characterFeatures); // nothing
      },
    });
    this.convolutions = filters.map(
      ([window, channels]) => new Conv1d(characterFeatures, channels, { window, random }),
    );
    const width = filters.reduce((sum, [, channels]) => sum + channels, 0);
    this.highways = Array.from({ length: highwayCount }, () => {
      const highway = new Linear(width, 2 * width, { random });
      highway.weight.reset(normalFill(0, 1 / Math.sqrt(width), random));
      highway.bias?.reset((values) => values.fill(2, width)); // carry at first
      return highway;
    });
    this.projection = new Linear(width, projection, { random });
    this.projection.bias?.reset(constantFill(0));
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield ['_char_embedding_weights', this.embedding];
    for (const [i, convolution] of this.convolutions.entries()) yield [`char_conv_${i}`, convolution];
    for (const [i, highway] of this.highways.entries()) yield [`_highways._layers.${i}`, highway];
    yield ['_projection', this.projection];
  }

  override call(characters: tf.Tensor): { words: tf.Tensor; mask: tf.Tensor } {
    this.#check(characters);
    return tf.tidy(() => {
      const [batch, length, letters] = characters.shape as [number, number, number];
      const flat = tf.reshape(characters, [-1]) as tf.Tensor1D;
      const size = this.embedding.shape[1] as number;
      const vectors = tf.reshape(tf.gather(this.embedding.variable, flat), [batch * length, letters, size]);
      const parts = this.convolutions.map((convolution) =>
        tf.relu(maxOverAxis(convolution.call(vectors), 1)),
      );
      const passed = this.highways.reduce(passHighway, tf.concat(parts, 1));
      const words = tf.reshape(this.projection.call(passed), [batch, length, -1]);
      return { words, mask: tf.cast(tf.greater(tf.max(characters, 2), 0), 'float32') };
    });
  }

  #check(characters: tf.Tensor): void {
    const { shape, dtype, size } = characters;
    const widest = Math.max(...this.convolutions.map((convolution) => convolution.weight.shape[2] as number));
    if (shape.length === 3 && dtype === 'int32' && size > 0 && (shape[2] as number) >= widest) return;
    throw new RangeError(
      `Elmo: characters must be int32 [batch, words, letters] with at least ${widest} letters, got ${dtype} ` +
        `[${shape}]. Make them with elmoCharacters.`,
    );
  }
}

/** gate · x + (1 − gate) · relu(W x): AllenNLP keeps both halves in one matrix. @see arXiv 1505.00387 */
function passHighway(x: tf.Tensor, layer: Linear): tf.Tensor {
  const [changed, gate] = tf.split(layer.call(x), 2, 1) as [tf.Tensor, tf.Tensor];
  const carry = tf.sigmoid(gate);
  return tf.add(tf.mul(carry, x), tf.mul(tf.sub(1, carry), activation('relu')(changed)));
}
