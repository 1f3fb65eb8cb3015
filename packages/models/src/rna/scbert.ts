import * as tf from '@tensorflow/tfjs-core';
import {
  type CallOptions,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  normalFill,
  Parameter,
  requireSize,
  tokenIds,
} from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';
import { type Stage, stageOf } from '../stages.js';
import type { Tokens } from '../text/token-input.js';
import { CellClassifier } from './cell-classifier.js';
import { Performer } from './performer-layers.js';
import type { ScBertConfig, ScBertSettings } from './scbert-settings.js';

/** scBERT under its published paths. Tokens are expression levels, one per gene in a fixed order. */
export class ScBert extends Module<Tokens> {
  readonly config: Required<ScBertConfig>;
  readonly featureCount: number;
  readonly token_emb: Embedding;
  readonly pos_emb: GenePositions;
  readonly performer: Performer;
  readonly norm: LayerNorm;
  to_out: Linear | CellClassifier;
  readonly #settings: ScBertSettings;
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
    requireSize('scbert', 'geneCount', config.geneCount);
    requireSize('scbert', 'layerCount', config.layerCount);
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
    const isWhole = tokens.shape.length === 2 && tokens.shape[1] === geneCount + 1 && tokens.size > 0;
    if (isWhole && tokens.dtype === 'int32') {
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

  constructor({ geneCount, features, random }: ScBertSettings) {
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
