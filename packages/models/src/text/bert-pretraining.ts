import * as tf from '@tensorflow/tfjs-core';
import { activation, type CallOptions, LayerNorm, Linear, Module, Parameter } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import { Bert, type BertConfig, bertFills } from './bert.js';
import type { TextInput } from './token-input.js';

class Transform extends Module {
  readonly dense: Linear;
  readonly LayerNorm: LayerNorm;
  readonly #activation: (x: tf.Tensor) => tf.Tensor;

  constructor({ features, epsilon, activation: name }: Required<BertConfig>, random: Random) {
    super();
    this.dense = new Linear(features, features, { random });
    this.LayerNorm = new LayerNorm(features, { epsilon });
    this.#activation = activation(name);
  }

  override call(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.LayerNorm.call(this.#activation(this.dense.call(x))));
  }
}

/** Weights that another part of the model owns, under a second name. */
class TiedDecoder extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(weight: Parameter, bias: Parameter) {
    super();
    this.weight = weight;
    this.bias = bias;
  }

  override call(x: tf.Tensor): tf.Tensor {
    const [count, features] = this.weight.shape as [number, number];
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, features]);
      const logits = tf.add(tf.matMul(rows, this.weight.variable, false, true), this.bias.variable);
      return tf.reshape(logits, [...x.shape.slice(0, -1), count]);
    });
  }
}

class Predictions extends Module {
  readonly bias: Parameter;
  readonly transform: Transform;
  readonly decoder: TiedDecoder;

  constructor(bert: Bert, random: Random) {
    super();
    this.bias = new Parameter({ shape: [bert.config.vocabularySize] });
    this.transform = new Transform(bert.config, random);
    this.decoder = new TiedDecoder(bert.embeddings.word_embeddings.weight, this.bias);
  }

  override call(states: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.decoder.call(this.transform.call(states)));
  }
}

class PretrainingHeads extends Module {
  readonly predictions: Predictions;
  readonly seq_relationship: Linear;

  constructor(bert: Bert, random: Random) {
    super();
    this.predictions = new Predictions(bert, random);
    this.seq_relationship = new Linear(bert.featureCount, 2, { random });
  }

  override call(states: tf.Tensor): tf.Tensor {
    return this.predictions.call(states);
  }
}

/**
 * BERT with the heads it was pre-trained with: hidden tokens, whose decoder is the word table itself, and
 * whether the second text follows the first.
 *
 * @see Devlin et al. 2018, arXiv 1810.04805 §3.1
 */
export class BertForPretraining extends Module<TextInput> {
  readonly bert: Bert;
  readonly cls: PretrainingHeads;

  constructor(config: BertConfig & { random: Random }) {
    super();
    this.bert = new Bert(config);
    this.cls = new PretrainingHeads(this.bert, config.random);
  }

  /** @returns logits of every token: [batch, length, vocabularySize] */
  override call(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.cls.call(this.bert.encode(input, options)));
  }

  /** Both heads: tokens, and [batch, 2] logits of "follows" and "does not". */
  callWithRelationship(
    input: TextInput,
    options?: CallOptions,
  ): { tokenLogits: tf.Tensor; relationshipLogits: tf.Tensor } {
    return tf.tidy(() => {
      const states = this.bert.encode(input, options);
      const relationshipLogits = this.cls.seq_relationship.call(this.bert.pool(states));
      return { tokenLogits: this.cls.call(states), relationshipLogits };
    });
  }
}

/** BERT ready to be pre-trained, or loaded with its pre-training heads. Paths begin with `bert.` and `cls.`. */
export function bertForPretraining(config: BertConfig & { random: Random }): BertForPretraining {
  return build(() => new BertForPretraining(config), bertFills(config.random));
}
