import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyModule,
  type CallOptions,
  Conv2d,
  Dropout,
  Embedding,
  gelu,
  LayerNorm,
  Linear,
  Module,
  mergeHeads,
  normalFill,
  orthogonalProjection,
  Parameter,
  performerAttention,
  type Random,
  requireHeads,
  seededRandom,
  splitHeads,
  tokenIds,
} from '@warmstart/nn';
import { type Stage, stageOf } from '../stages.js';
import type { Tokens } from '../text/token-input.js';

/** Plain settings of scBERT. */
export interface ScBertConfig {
  /** genes of a cell, in a fixed order. Default 16906; one more position is for the zero token. */
  geneCount?: number;
  /** expression levels, the mask token included. Default 7: five bins, zero, and the mask. */
  tokenCount?: number;
  /** Default 200. */
  features?: number;
  /** Default 6. */
  layerCount?: number;
  /** Default 10. */
  headCount?: number;
  /** size of each head, whatever the features. Default 64. */
  headFeatures?: number;
  /** random features of the attention. Default ⌊headFeatures · ln headFeatures⌋ = 266. */
  randomFeatures?: number;
  /** Default 0. */
  dropout?: number;
}

type Settings = Required<ScBertConfig> & { random: Random };

/** The attention's random directions: kept in checkpoints, never learned, drawn anew now and then. */
class RandomDirections extends Module<never, never> {
  readonly projection_matrix: Parameter;

  constructor({ randomFeatures, headFeatures, random }: Settings) {
    super();
    const shape = [randomFeatures, headFeatures];
    const [high, low] = [random(), random()];
    const fill = (values: Float32Array) =>
      values.set(orthogonalProjection(randomFeatures, headFeatures, seededRandom(high, low)));
    this.projection_matrix = new Parameter({ shape, kind: 'buffer', fill });
  }

  redraw(random: Random): void {
    const { shape, variable } = this.projection_matrix;
    const [count, size] = shape as [number, number];
    tf.tidy(() => variable.assign(tf.tensor2d(orthogonalProjection(count, size, random), [count, size])));
  }

  override call(): never {
    throw new TypeError('RandomDirections: has no call. Read its projection_matrix.');
  }
}

class FastAttention extends Module {
  readonly fast_attention: RandomDirections;
  readonly to_q: Linear;
  readonly to_k: Linear;
  readonly to_v: Linear;
  readonly to_out: Linear;
  readonly #headCount: number;
  readonly #dropout: Dropout;

  constructor(settings: Settings) {
    super();
    const { features, headCount, headFeatures, dropout, random } = settings;
    const inner = headCount * headFeatures;
    requireHeads('scbert', inner, headCount);
    this.fast_attention = new RandomDirections(settings);
    const thin = { random, bias: false };
    this.to_q = new Linear(features, inner, thin);
    this.to_k = new Linear(features, inner, thin);
    this.to_v = new Linear(features, inner, thin);
    this.to_out = new Linear(inner, features, { random });
    this.#headCount = headCount;
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const heads = (layer: Linear) => splitHeads(layer.call(x), this.#headCount);
      const attended = performerAttention({
        query: heads(this.to_q),
        key: heads(this.to_k),
        value: heads(this.to_v),
        projection: this.fast_attention.projection_matrix.variable,
      });
      return this.#dropout.call(this.to_out.call(mergeHeads(attended)), options);
    });
  }
}

class FeedForward extends Module {
  readonly w1: Linear;
  readonly w2: Linear;
  readonly #dropout: Dropout;

  constructor({ features, dropout, random }: Settings) {
    super();
    this.w1 = new Linear(features, 4 * features, { random });
    this.w2 = new Linear(4 * features, features, { random });
    this.#dropout = new Dropout(dropout);
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.w2.call(this.#dropout.call(gelu(this.w1.call(x)), options)));
  }
}

/** Normalised, then given to its part; `partPath` is where the published checkpoint keeps the part. */
class PreNorm extends Module {
  readonly norm: LayerNorm;
  readonly part: Module;
  readonly #partPath: string;

  constructor(features: number, part: Module, partPath: string) {
    super();
    this.norm = new LayerNorm(features);
    this.part = part;
    this.#partPath = partPath;
  }

  override *children(): Iterable<[string, AnyModule]> {
    yield ['norm', this.norm];
    yield [this.#partPath, this.part];
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => tf.add(x, this.part.call(this.norm.call(x), options)));
  }
}

class Performer extends Module {
  readonly calls_since_last_redraw: Parameter;
  readonly layers: readonly (readonly [PreNorm, PreNorm])[];
  readonly #attentions: readonly FastAttention[];

  constructor(settings: Settings) {
    super();
    const { features, layerCount } = settings;
    this.calls_since_last_redraw = new Parameter({ shape: [], kind: 'buffer', dtype: 'int64' });
    this.#attentions = Array.from({ length: layerCount }, () => new FastAttention(settings));
    this.layers = this.#attentions.map((attention) => [
      new PreNorm(features, attention, 'fn'),
      new PreNorm(features, new FeedForward(settings), 'fn.fn'),
    ]);
  }

  override *children(): Iterable<[string, Parameter | AnyModule]> {
    yield ['calls_since_last_redraw', this.calls_since_last_redraw];
    for (const [index, [attention, mlp]] of this.layers.entries()) {
      yield [`net.layers.${index}.0`, attention];
      yield [`net.layers.${index}.1`, mlp];
    }
  }

  override call(x: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.layers.flat().reduce((y, part) => part.call(y, options), x));
  }

  redraw(random: Random): void {
    for (const attention of this.#attentions) attention.fast_attention.redraw(random);
    tf.tidy(() => this.calls_since_last_redraw.variable.assign(tf.scalar(0, 'int32')));
  }
}

/** The published classifier: each gene's state to one number, then three layers over all genes. */
class CellClassifier extends Module {
  readonly conv1: Conv2d;
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly fc3: Linear;
  readonly #dropout = new Dropout(0);

  constructor({ features, geneCount }: Settings, classCount: number, random: Random) {
    super();
    this.conv1 = new Conv2d(1, 1, { window: [1, features], random });
    this.fc1 = new Linear(geneCount + 1, 512, { random });
    this.fc2 = new Linear(512, 100, { random });
    this.fc3 = new Linear(100, classCount, { random });
  }

  /** @param states - [batch, length, features] */
  override call(states: tf.Tensor, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const [batch, length] = states.shape as [number, number];
      const summary = tf.relu(this.conv1.call(tf.expandDims(states, 3)));
      let y = tf.reshape(summary, [batch, length]);
      for (const layer of [this.fc1, this.fc2]) y = this.#dropout.call(tf.relu(layer.call(y)), options);
      return this.fc3.call(y);
    });
  }
}

/** scBERT under its published paths. Tokens are expression levels, one per gene in a fixed order. */
export class ScBert extends Module<Tokens> {
  readonly config: Required<ScBertConfig>;
  readonly featureCount: number;
  readonly token_emb: Embedding;
  readonly pos_emb: GenePositions;
  readonly performer: Performer;
  readonly norm: LayerNorm;
  to_out: Linear | CellClassifier;
  readonly #settings: Settings;
  readonly #dropout: Dropout;

  constructor(options: ScBertConfig & { random: Random }) {
    super();
    const headFeatures = options.headFeatures ?? 64;
    this.#settings = {
      geneCount: 16906,
      tokenCount: 7,
      features: 200,
      layerCount: 6,
      headCount: 10,
      headFeatures,
      randomFeatures: Math.floor(headFeatures * Math.log(headFeatures)),
      dropout: 0,
      ...options,
    };
    const { random, ...config } = this.#settings;
    this.config = config;
    this.featureCount = config.features;
    this.token_emb = new Embedding(config.tokenCount, config.features, { random });
    this.pos_emb = new GenePositions(this.#settings);
    this.performer = new Performer(this.#settings);
    this.norm = new LayerNorm(config.features);
    this.to_out = new Linear(config.features, config.tokenCount, { random });
    this.#dropout = new Dropout(config.dropout);
  }

  /**
   * @param cells - levels [batch, geneCount + 1], the last one 0; see `expressionTokens`
   * @returns each gene's state: [batch, geneCount + 1, features]; the caller disposes it
   */
  encode(cells: Tokens, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => {
      const tokens = this.#tokens(cells);
      const length = tokens.shape[1] as number;
      const sum = tf.add(this.token_emb.call(tokens), this.pos_emb.first(length));
      return this.norm.call(this.performer.call(this.#dropout.call(sum, options), options));
    });
  }

  /** The mean state over genes: [batch, features]. */
  features(cells: Tokens, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => tf.mean(this.encode(cells, options), 1));
  }

  /**
   * @returns as pre-trained, logits of each gene's level [batch, geneCount + 1, tokenCount]; after
   *   `resetHead`, logits of the cell's class [batch, classCount]
   */
  override call(cells: Tokens, options?: CallOptions): tf.Tensor {
    return tf.tidy(() => this.to_out.call(this.encode(cells, options), options));
  }

  /** Puts the published classifier (one convolution, three layers) in place of the pre-training head. */
  resetHead(classCount: number, random: Random): void {
    const head = new CellClassifier(this.#settings, classCount, random);
    this.to_out.dispose();
    this.to_out = head;
  }

  /** Draws the attention's random directions anew, as pre-training does every 1000 steps. */
  redrawProjections(random: Random): void {
    this.performer.redraw(random);
  }

  /** From the input to the head; the published fine-tuning thaws `norm`, the last layer but one, and the head. */
  stages(): readonly Stage[] {
    return [
      { name: 'embeddings', paths: ['token_emb', 'pos_emb'] },
      ...this.performer.layers.map((_, i) => ({
        name: `layer${i}`,
        paths: [`performer.net.layers.${i}`],
      })),
      { name: 'head', paths: ['performer.calls_since_last_redraw', 'norm', 'to_out'] },
    ];
  }

  /** The stage a path is in, for layer-wise rates. */
  blockOf(path: string): string {
    return stageOf(this.stages(), path);
  }

  #tokens(cells: Tokens): tf.Tensor {
    const { tokenCount, geneCount } = this.config;
    const tokens =
      cells instanceof tf.Tensor ? cells : tokenIds(cells, { count: tokenCount, length: geneCount + 1 });
    if (tokens.shape.length === 2 && tokens.shape[1] === geneCount + 1 && tokens.dtype === 'int32') {
      return tokens;
    }
    throw new RangeError(
      `ScBert: cells must be int32 [batch, ${geneCount + 1}], one level per gene and a zero, ` +
        `got ${tokens.dtype} [${tokens.shape}].`,
    );
  }
}

/** What each gene is, from gene2vec: loaded, never learned; float64 in the published file. */
class GenePositions extends Module<never, never> {
  readonly weight: Parameter;

  constructor({ geneCount, features, random }: Settings) {
    super();
    this.weight = new Parameter({
      shape: [geneCount + 1, features],
      kind: 'buffer',
      dtype: 'float64',
      fill: normalFill(0, 1, random),
    });
  }

  override *children(): Iterable<[string, Parameter]> {
    yield ['emb.weight', this.weight];
  }

  first(count: number): tf.Tensor {
    return tf.slice(this.weight.variable, [0, 0], [count, this.weight.shape[1] as number]);
  }

  override call(): never {
    throw new TypeError('GenePositions: has no call. Ask for its first rows.');
  }
}

/**
 * scBERT: 5.0 M trained parameters and 3.4 M of gene2vec, 200 features. Full-size cells cost 307 GFLOP each:
 * use a subset of the genes in browsers.
 *
 * @see Yang et al. 2022, Nature Machine Intelligence 4, 852–866
 */
export function scbert(config: ScBertConfig & { random: Random }): ScBert {
  return new ScBert(config);
}
