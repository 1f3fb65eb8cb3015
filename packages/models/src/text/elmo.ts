import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  type CallOptions,
  Dropout,
  type Linear,
  type LstmState,
  Parameter,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import type { Stage } from '../stages.js';
import { ElmoCharacters, type ElmoFilter } from './elmo-characters.js';
import { ElmoLstm } from './elmo-lstm.js';
import { SequenceModel } from './sequence-model.js';

/** Plain settings of ELMo. */
export interface ElmoConfig {
  /** Default 16. */
  characterFeatures?: number;
  /** [window, channels] of the character convolutions. Default the published seven, 2048 channels. */
  filters?: readonly ElmoFilter[];
  /** Default 2. */
  highwayCount?: number;
  /** size of the memory. Default 4096. */
  hiddenFeatures?: number;
  /** size it is projected to, and of the words. Default 512. */
  projection?: number;
  /** Default 2. */
  layerCount?: number;
  /** bound of memory and projection. Default 3. */
  clip?: number;
  /** on the mixed layers. Default 0.5. */
  dropout?: number;
}

/** A batch of sentences as characters, from `elmoCharacters`. Tensors are not disposed. */
export interface ElmoInput {
  /** int32 [batch, words, 50], 0 where there is no word; with the marks of begin and end */
  characters: tf.Tensor;
  /** from the batch before, whose texts these continue; zeros when left out */
  state?: readonly LstmState[] | undefined;
}

/**
 * ELMo under AllenNLP's paths: words from characters, two language models over them, one in each direction,
 * and a learned mixture of their layers.
 */
export class Elmo extends SequenceModel<ElmoInput> {
  readonly config: Required<ElmoConfig>;
  readonly featureCount: number;
  readonly characters: ElmoCharacters;
  readonly lstm: ElmoLstm;
  readonly gamma: Parameter;
  readonly scalars: readonly Parameter[];
  classifier: Linear | undefined;
  readonly #dropout: Dropout;

  constructor(options: ElmoConfig & { random: Random }) {
    super();
    const { random, ...given } = options;
    this.config = {
      characterFeatures: 16,
      filters: [
        [1, 32],
        [2, 32],
        [3, 64],
        [4, 128],
        [5, 256],
        [6, 512],
        [7, 1024],
      ],
      highwayCount: 2,
      hiddenFeatures: 4096,
      projection: 512,
      layerCount: 2,
      clip: 3,
      dropout: 0.5,
      ...given,
    };
    this.featureCount = 2 * this.config.projection;
    this.characters = new ElmoCharacters({ ...this.config, random });
    this.lstm = new ElmoLstm({ ...this.config, random });
    this.gamma = new Parameter({ shape: [1], fill: (values) => values.fill(1) });
    this.scalars = Array.from({ length: this.config.layerCount + 1 }, () => new Parameter({ shape: [1] }));
    this.#dropout = new Dropout(this.config.dropout);
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield ['_elmo_lstm._token_embedder', this.characters];
    yield ['_elmo_lstm._elmo_lstm', this.lstm];
    yield ['scalar_mix_0.gamma', this.gamma];
    for (const [i, scalar] of this.scalars.entries()) yield [`scalar_mix_0.scalar_parameters.${i}`, scalar];
    if (this.classifier) yield ['classifier', this.classifier];
  }

  /**
   * The words and the layers of both language models, and what these remember.
   *
   * @returns layers, each [batch, words, 2 · projection], forward first; the state to go on with; the mask
   *   [batch, words]. The caller disposes all of them.
   */
  layers(input: ElmoInput): { layers: tf.Tensor[]; state: LstmState[]; mask: tf.Tensor } {
    if (!input?.characters) {
      throw new TypeError('Elmo: the input must be { characters }, from elmoCharacters, got none.');
    }
    if (input.state) this.lstm.checkState(input.state, input.characters.shape[0] as number);
    return tf.tidy(() => {
      const { words, mask } = this.characters.call(input.characters);
      const { layers, state } = this.lstm.call({ words, mask, state: input.state });
      const doubled = tf.concat([words, words], 2);
      return { layers: [tf.mul(doubled, tf.expandDims(mask, 2)), ...layers], state, mask };
    });
  }

  /** The mixture γ Σ softmax(s)ₗ · layerₗ, marks of begin and end included. */
  override encode(input: ElmoInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const { layers } = this.layers(input);
      const weights = tf.softmax(tf.concat(this.scalars.map(({ variable }) => variable)));
      const shares = tf.split(weights, layers.length);
      const parts = layers.map((layer, i) => tf.mul(layer, shares[i] as tf.Tensor));
      return this.#dropout.call(tf.mul(tf.addN(parts), this.gamma.variable), options);
    });
  }

  /** The mean over words. */
  override features(input: ElmoInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const states = this.encode(input, options);
      const isWord = tf.cast(tf.greater(tf.max(input.characters, 2), 0), 'float32');
      const count = tf.maximum(tf.sum(isWord, 1, true), 1);
      return tf.div(tf.sum(tf.mul(states, tf.expandDims(isWord, 2)), 1), count);
    });
  }

  override stages(): readonly Stage[] {
    const side = (i: number) =>
      ['forward', 'backward'].map((direction) => `_elmo_lstm._elmo_lstm.${direction}_layer_${i}`);
    return [
      { name: 'characters', paths: ['_elmo_lstm._token_embedder'] },
      ...Array.from({ length: this.config.layerCount }, (_, i) => ({ name: `layer${i}`, paths: side(i) })),
      { name: 'head', paths: ['scalar_mix_0', 'classifier'] },
    ];
  }
}

/**
 * ELMo: by default the original, 93.6 M parameters, 1024 features.
 *
 * @see Peters et al. 2018, arXiv 1802.05365
 */
export function elmo(config: ElmoConfig & { random: Random }): Elmo {
  return new Elmo(config);
}
