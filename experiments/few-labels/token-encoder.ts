import * as tf from '@tensorflow/tfjs-core';
import { LayerNorm, Linear, Module, normalFill, Parameter, TransformerBlock } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** What {@link TokenEncoder} takes. */
export interface TokenEncoderOptions {
  /** Tokens of a row. */
  length: number;
  /** Letters a token can be. */
  letters: number;
  /** Size of a token's state. */
  features: number;
  blocks: number;
  random: Random;
}

/**
 * A transformer that reads one-hot letters; a place of zeros is the mask token, which has its own embedding.
 * Blocks normalise first, as GPT-2's do: so short a training has no time for a long warm-up.
 */
export class TokenEncoder extends Module {
  readonly embedding: Linear;
  readonly position: Parameter;
  readonly block1: TransformerBlock;
  readonly block2: TransformerBlock | undefined;
  readonly norm: LayerNorm;
  readonly #options: TokenEncoderOptions;

  constructor(options: TokenEncoderOptions) {
    super();
    const { length, letters, features, blocks, random } = options;
    const block = () =>
      new TransformerBlock({
        random,
        features,
        headCount: 4,
        hiddenFeatures: 2 * features,
        activation: 'gelu',
        normFirst: true,
      });
    this.#options = options;
    this.embedding = new Linear(letters + 1, features, { random });
    this.position = new Parameter({ shape: [length, features], fill: normalFill(0, 0.02, random) });
    this.block1 = block();
    this.block2 = blocks > 1 ? block() : undefined;
    this.norm = new LayerNorm(features);
  }

  /**
   * @param x - [rows, length · letters]
   * @returns one state a token, [rows, length, features]; the caller disposes it
   */
  states(x: tf.Tensor): tf.Tensor {
    const { length, letters } = this.#options;
    return tf.tidy(() => {
      const tokens = tf.reshape(x, [-1, length, letters]);
      const hidden = tf.sub(1, tf.sum(tokens, -1, true));
      const embedded = this.embedding.call(tf.concat([tokens, hidden], -1));
      let states = this.block1.call({ x: tf.add(embedded, this.position.variable) });
      if (this.block2) states = this.block2.call({ x: states });
      return this.norm.call(states);
    });
  }

  /** @returns all states of a row one after the other, [rows, length · features]: where a letter stands matters */
  override call(x: tf.Tensor): tf.Tensor {
    const { length, features } = this.#options;
    return tf.tidy(() => tf.reshape(this.states(x), [-1, length * features]));
  }
}
