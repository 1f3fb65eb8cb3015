import * as tf from '@tensorflow/tfjs-core';
import {
  attentionBias,
  type CallOptions,
  Dropout,
  Embedding,
  Gpt2Conv1D,
  geluTanh,
  LayerNorm,
  type Linear,
  Module,
  mergeHeads,
  type Parameter,
  requireHeads,
  requireSize,
  scaledDotProductAttention,
  splitHeads,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import type { Stage } from '../stages.js';
import { SequenceModel } from './sequence-model.js';
import { type TextInput, textTensors } from './token-input.js';

/** Plain settings of the GPT-2 family. */
export interface Gpt2Config {
  /** Default 50257. */
  vocabularySize?: number;
  /** Default 768; medium 1024, large 1280, xl 1600. */
  features?: number;
  /** Default 12; 24, 36, 48. */
  layerCount?: number;
  /** Default 12; 16, 20, 25. */
  headCount?: number;
  /** most tokens of a text. Default 1024. */
  positionCount?: number;
  /** Default 0.1. */
  dropout?: number;
  /** of the layer norms. Default 1e-5. */
  epsilon?: number;
}

type Settings = Required<Gpt2Config> & { random: Random };
interface BlockInput {
  x: tf.Tensor;
  bias: tf.Tensor | undefined;
}

class Attention extends Module<BlockInput> {
  readonly c_attn: Gpt2Conv1D;
  readonly c_proj: Gpt2Conv1D;
  readonly #headCount: number;
  readonly #dropout: Dropout;

  constructor({ features, headCount, layerCount, dropout, random }: Settings) {
    super();
    requireHeads('gpt2', features, headCount);
    this.c_attn = new Gpt2Conv1D(features, 3 * features, { random });
    const deviation = 0.02 / Math.sqrt(2 * layerCount);
    this.c_proj = new Gpt2Conv1D(features, features, { random, deviation });
    this.#headCount = headCount;
    this.#dropout = new Dropout(dropout);
  }

  override call({ x, bias }: BlockInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const parts = tf.split(this.c_attn.call(x), 3, 2) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [query, key, value] = [parts[0], parts[1], parts[2]].map((part) =>
        splitHeads(part, this.#headCount),
      ) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const dropout = this.#dropout;
      const attended = scaledDotProductAttention({ query, key, value, bias, dropout }, options);
      return dropout.call(this.c_proj.call(mergeHeads(attended)), options);
    });
  }
}

class Mlp extends Module {
  readonly c_fc: Gpt2Conv1D;
  readonly c_proj: Gpt2Conv1D;
  readonly #dropout: Dropout;

  constructor({ features, layerCount, dropout, random }: Settings) {
    super();
    this.c_fc = new Gpt2Conv1D(features, 4 * features, { random });
    const deviation = 0.02 / Math.sqrt(2 * layerCount);
    this.c_proj = new Gpt2Conv1D(4 * features, features, { random, deviation });
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.#dropout.call(this.c_proj.call(geluTanh(this.c_fc.call(x))), options));
  }
}

class Block extends Module<BlockInput> {
  readonly ln_1: LayerNorm;
  readonly attn: Attention;
  readonly ln_2: LayerNorm;
  readonly mlp: Mlp;

  constructor(settings: Settings) {
    super();
    const { features, epsilon } = settings;
    this.ln_1 = new LayerNorm(features, { epsilon });
    this.attn = new Attention(settings);
    this.ln_2 = new LayerNorm(features, { epsilon });
    this.mlp = new Mlp(settings);
  }

  override call({ x, bias }: BlockInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const y = tf.add(x, this.attn.call({ x: this.ln_1.call(x), bias }, options));
      return tf.add(y, this.mlp.call(this.ln_2.call(y), options));
    });
  }
}

/** GPT-2 under the published file's paths (`wte`, `h.0.…`), without its causal-mask buffers. */
export class Gpt2 extends SequenceModel<TextInput> {
  readonly config: Required<Gpt2Config>;
  readonly featureCount: number;
  readonly wte: Embedding;
  readonly wpe: Embedding;
  readonly h: readonly Block[];
  readonly ln_f: LayerNorm;
  classifier: Linear | undefined;
  readonly #dropout: Dropout;

  constructor(options: Gpt2Config & { random: Random }) {
    super();
    const settings: Settings = {
      vocabularySize: 50257,
      features: 768,
      layerCount: 12,
      headCount: 12,
      positionCount: 1024,
      dropout: 0.1,
      epsilon: 1e-5,
      ...options,
    };
    const { random, ...config } = settings;
    this.config = config;
    requireSize('gpt2', 'layerCount', config.layerCount);
    this.featureCount = config.features;
    this.wte = new Embedding(config.vocabularySize, config.features, { random, deviation: 0.02 });
    this.wpe = new Embedding(config.positionCount, config.features, { random, deviation: 0.02 });
    this.h = Array.from({ length: config.layerCount }, () => new Block(settings));
    this.ln_f = new LayerNorm(config.features, { epsilon: config.epsilon });
    this.#dropout = new Dropout(config.dropout);
  }

  override encode(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const { vocabularySize, positionCount, features } = this.config;
      const limits = { name: 'Gpt2', count: vocabularySize, length: positionCount };
      const { tokens, mask } = textTensors(input, limits);
      const length = tokens.shape[1] as number;
      const bias = attentionBias({ keyMask: mask, causal: true }, [length, length]);
      const positions = tf.slice(this.wpe.weight.variable, [0, 0], [length, features]);
      let x = this.#dropout.call(tf.add(this.wte.call(tokens), positions), options);
      for (const block of this.h) x = block.call({ x, bias }, options);
      return this.ln_f.call(x);
    });
  }

  /** The last token's state, which alone has seen the whole text; padding may be on either side. */
  override features(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const states = this.encode(input, options);
      const [batch, length, size] = states.shape as [number, number, number];
      const { vocabularySize: count, positionCount } = this.config;
      const { mask } = textTensors(input, { name: 'Gpt2', count, length: positionCount });
      if (!mask) return tf.reshape(tf.slice(states, [0, length - 1, 0], [batch, 1, size]), [batch, size]);
      const last = tf.max(tf.mul(mask, tf.range(0, length)), 1);
      const picked = tf.oneHot(tf.cast(last, 'int32') as tf.Tensor1D, length); // [batch, length]
      return tf.sum(tf.mul(states, tf.expandDims(tf.cast(picked, 'float32'), 2)), 1);
    });
  }

  override stages(): readonly Stage[] {
    return [
      { name: 'embeddings', paths: ['wte', 'wpe'] },
      ...this.h.map((_, i) => ({ name: `layer${i}`, paths: [`h.${i}`] })),
      { name: 'head', paths: ['ln_f', 'classifier'] },
    ];
  }
}

class TiedHead extends Module {
  readonly weight: Parameter;

  constructor(weight: Parameter) {
    super();
    this.weight = weight;
  }

  override call(states: tf.Tensor): tf.Tensor {
    const [count, features] = this.weight.shape as [number, number];
    return tf.tidy(() => {
      const logits = tf.matMul(tf.reshape(states, [-1, features]), this.weight.variable, false, true);
      return tf.reshape(logits, [...states.shape.slice(0, -1), count]);
    });
  }
}

/** GPT-2 with its language-model head, which is the word table itself. Paths begin with `transformer.`. */
export class Gpt2ForLanguageModelling extends Module<TextInput> {
  readonly transformer: Gpt2;
  readonly lm_head: TiedHead;

  constructor(config: Gpt2Config & { random: Random }) {
    super();
    this.transformer = new Gpt2(config);
    this.lm_head = new TiedHead(this.transformer.wte.weight);
  }

  /** @returns at each position the logits of the next token: [batch, length, vocabularySize] */
  override call(input: TextInput, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.lm_head.call(this.transformer.encode(input, options)));
  }
}

/**
 * GPT-2: by default small, 124.4 M parameters, 768 features.
 *
 * @see Radford et al. 2019, Language Models are Unsupervised Multitask Learners
 */
export function gpt2(config: Gpt2Config & { random: Random }): Gpt2 {
  return new Gpt2(config);
}

/** GPT-2 ready to be pre-trained, or to continue texts. */
export function gpt2ForLanguageModelling(config: Gpt2Config & { random: Random }): Gpt2ForLanguageModelling {
  return new Gpt2ForLanguageModelling(config);
}
