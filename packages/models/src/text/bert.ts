import * as tf from '@tensorflow/tfjs-core';
import {
  type ActivationName,
  type AnyModule,
  attentionBias,
  type CallOptions,
  constantFill,
  Linear,
  normalFill,
  requireSize,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { build } from '../build.js';
import type { Stage } from '../stages.js';
import { BertEmbeddings } from './bert-embeddings.js';
import { BertLayer, LayerList, NamedChild } from './bert-layer.js';
import { SequenceModel } from './sequence-model.js';
import { type TextInput, type TextTensors, textTensors } from './token-input.js';

/** Plain settings of the BERT family. */
export interface BertConfig {
  /** Default 30522, BERT's uncased English. */
  vocabularySize?: number;
  /** Default 768. */
  features?: number;
  /** Default 12. */
  layerCount?: number;
  /** Default 12. */
  headCount?: number;
  /** width of the MLPs. Default 4 × features. */
  hiddenFeatures?: number;
  /** most tokens of a text, RoBERTa's two unused rows included. Default 512. */
  positionCount?: number;
  /** Default 2. */
  tokenTypeCount?: number;
  /** Default 0.1. */
  dropout?: number;
  /** of the layer norms. Default 1e-12; RoBERTa 1e-5. */
  epsilon?: number;
  /** Default 'gelu'. */
  activation?: ActivationName;
  /** id of the padding token. Default 0; RoBERTa 1. */
  paddingId?: number;
  /** positions from 0 (BERT), or counted over real tokens from paddingId + 1 (RoBERTa). Default 'absolute'. */
  positions?: 'absolute' | 'roberta';
  /** whether there is a dense layer with tanh on the first token. Default true. */
  pooler?: boolean;
  /** what `features` gives: the first token's state, through the pooler ('first'), or the mean over real tokens,
   * as sentence encoders do ('mean'). Default 'first'; MiniLM 'mean'. */
  pooling?: 'first' | 'mean';
}

/** A BERT encoder under Hugging Face's paths, without the `bert.` prefix. */
export class Bert extends SequenceModel<TextInput> {
  readonly config: Required<BertConfig>;
  readonly featureCount: number;
  readonly embeddings: BertEmbeddings;
  readonly encoder: NamedChild<LayerList<BertLayer>>;
  readonly pooler: NamedChild<Linear> | undefined;
  classifier: Linear | undefined;

  constructor(options: BertConfig & { random: Random }) {
    super();
    const { random, ...given } = options;
    const features = given.features ?? 768;
    this.config = {
      vocabularySize: 30522,
      features,
      layerCount: 12,
      headCount: 12,
      hiddenFeatures: 4 * features,
      positionCount: 512,
      tokenTypeCount: 2,
      dropout: 0.1,
      epsilon: 1e-12,
      activation: 'gelu',
      paddingId: 0,
      positions: 'absolute',
      pooler: true,
      pooling: 'first',
      ...given,
    };
    requireSize('bert', 'layerCount', this.config.layerCount);
    this.featureCount = features;
    this.embeddings = new BertEmbeddings({ ...this.config, random });
    const layers = Array.from(
      { length: this.config.layerCount },
      () => new BertLayer({ ...this.config, random }),
    );
    this.encoder = new NamedChild('layer', new LayerList(layers));
    this.pooler = this.config.pooler
      ? new NamedChild('dense', new Linear(features, features, { random }))
      : undefined;
  }

  /** Most tokens of a text. */
  get longest(): number {
    const { positions, positionCount, paddingId } = this.config;
    return positions === 'roberta' ? positionCount - paddingId - 1 : positionCount;
  }

  #read(input: TextInput): TextTensors {
    const { vocabularySize, tokenTypeCount } = this.config;
    const limits = { count: vocabularySize, length: this.longest, typeCount: tokenTypeCount };
    return textTensors(input, { name: 'Bert', ...limits });
  }

  override encode(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const batch = this.#read(input);
      const length = batch.tokens.shape[1] as number;
      const bias = attentionBias({ keyMask: batch.mask }, [length, length]);
      let x = this.embeddings.call(batch, options);
      for (const layer of this.encoder.child.layers) x = layer.call({ x, bias }, options);
      return x;
    });
  }

  /** The first token's state, through the pooler if there is one, or the mean: see `pooling`. */
  override features(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const states = this.encode(input, options);
      if (this.config.pooling === 'first') return this.pool(states);
      const { mask } = this.#read(input);
      if (!mask) return tf.mean(states, 1);
      const real = tf.expandDims(tf.cast(mask, 'float32'), 2); // [batch, length, 1]
      return tf.div(tf.sum(tf.mul(states, real), 1), tf.maximum(tf.sum(real, 1), 1));
    });
  }

  /** @param states - [batch, length, features] */
  pool(states: tf.Tensor): tf.Tensor {
    return tf.tidy(() => {
      const [batch, , size] = states.shape as [number, number, number];
      const first = tf.reshape(tf.slice(states, [0, 0, 0], [batch, 1, size]), [batch, size]);
      return this.pooler ? tf.tanh(this.pooler.child.call(first)) : first;
    });
  }

  override stages(): readonly Stage[] {
    const layers = Array.from({ length: this.config.layerCount }, (_, i) => ({
      name: `layer${i}`,
      paths: [`encoder.layer.${i}`],
    }));
    return [
      { name: 'embeddings', paths: ['embeddings'] },
      ...layers,
      { name: 'head', paths: ['pooler', 'classifier'] },
    ];
  }
}

/** BERT's first values: normal with deviation 0.02, biases zero. */
export function bertFills(random: Random): (module: AnyModule) => void {
  return (module) => {
    if (module instanceof Linear) {
      module.weight.reset(normalFill(0, 0.02, random));
      module.bias?.reset(constantFill(0));
    }
  };
}

/**
 * BERT: by default bert-base, 109.5 M parameters, 768 features.
 *
 * @see Devlin et al. 2018, arXiv 1810.04805
 */
export function bert(config: BertConfig & { random: Random }): Bert {
  return build(() => new Bert(config), bertFills(config.random));
}

/**
 * MiniLM-L6: 22.7 M parameters, 384 features; `features` are the means that all-MiniLM-L6-v2 calls sentence
 * embeddings, before they are scaled to length 1.
 *
 * @see Wang et al. 2020, arXiv 2002.10957
 */
export function miniLm(config: BertConfig & { random: Random }): Bert {
  return bert({ features: 384, layerCount: 6, pooling: 'mean', ...config });
}

/** RoBERTa base: 124.6 M parameters, 768 features. @see Liu et al. 2019, arXiv 1907.11692 */
export function roberta(config: BertConfig & { random: Random }): Bert {
  return bert({
    vocabularySize: 50265,
    positionCount: 514,
    tokenTypeCount: 1,
    epsilon: 1e-5,
    paddingId: 1,
    positions: 'roberta',
    ...config,
  });
}
