import * as tf from '@tensorflow/tfjs-core';
import { type AnyModule, type CallOptions, Dropout, Embedding, LayerNorm, Module } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import type { TextTensors } from './token-input.js';

interface EmbeddingsOptions {
  vocabularySize: number;
  features: number;
  positionCount: number;
  tokenTypeCount: number;
  dropout: number;
  epsilon: number;
  paddingId: number;
  positions: 'absolute' | 'roberta';
  random: Random;
}

/** Words, positions and text types as vectors, added and normalised. */
export class BertEmbeddings extends Module<TextTensors> {
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly token_type_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;
  readonly #dropout: Dropout;
  readonly #options: EmbeddingsOptions;

  constructor(options: EmbeddingsOptions) {
    super();
    this.#options = options;
    const { vocabularySize, features, positionCount, tokenTypeCount, paddingId, random } = options;
    const drawn = { random, deviation: 0.02 };
    this.word_embeddings = new Embedding(vocabularySize, features, { ...drawn, paddingIndex: paddingId });
    const counted = options.positions === 'roberta' ? { paddingIndex: paddingId } : {};
    this.position_embeddings = new Embedding(positionCount, features, { ...drawn, ...counted });
    this.token_type_embeddings = new Embedding(tokenTypeCount, features, drawn);
    this.LayerNorm = new LayerNorm(features, { epsilon: options.epsilon });
    this.#dropout = new Dropout(options.dropout);
  }

  /** RoBERTa registers its positions last. */
  override *children(): Iterable<[string, AnyModule]> {
    yield ['word_embeddings', this.word_embeddings];
    const positions: [string, AnyModule] = ['position_embeddings', this.position_embeddings];
    if (this.#options.positions === 'absolute') yield positions;
    yield ['token_type_embeddings', this.token_type_embeddings];
    yield ['LayerNorm', this.LayerNorm];
    if (this.#options.positions === 'roberta') yield positions;
  }

  /** @returns [batch, length, features] */
  override call({ tokens, tokenTypes }: TextTensors, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const words = this.word_embeddings.call(tokens);
      const types = tokenTypes
        ? this.token_type_embeddings.call(tokenTypes)
        : firstRows(this.token_type_embeddings, 0, 1);
      const sum = tf.add(tf.add(words, types), this.#positions(tokens));
      return this.#dropout.call(this.LayerNorm.call(sum), options);
    });
  }

  #positions(tokens: tf.Tensor): tf.Tensor {
    if (this.#options.positions === 'absolute') {
      return firstRows(this.position_embeddings, 0, tokens.shape[1] as number);
    }
    const { paddingId } = this.#options;
    const real = tf.cast(tf.notEqual(tokens, tf.scalar(paddingId, 'int32')), 'int32');
    const counted = tf.mul(tf.cumsum(real, 1), real);
    return this.position_embeddings.call(tf.cast(tf.add(counted, tf.scalar(paddingId, 'int32')), 'int32'));
  }
}

function firstRows(table: Embedding, start: number, count: number): tf.Tensor {
  return tf.slice(table.weight.variable, [start, 0], [count, table.features]);
}
