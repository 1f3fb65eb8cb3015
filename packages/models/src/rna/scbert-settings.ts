import type { Random } from '@warmstart/shapes';

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

/** The settings, defaults filled in. */
export type ScBertSettings = Required<ScBertConfig> & { random: Random };
