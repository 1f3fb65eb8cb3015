import type { ActivationName } from '@warmstart/nn';
import type { Random } from '@warmstart/shapes';

/** One stage: how far blocks expand, window, stride of the first block, channels in and out, block count. */
export type EfficientNetStage = readonly [
  expand: number,
  window: number,
  stride: number,
  inChannels: number,
  outChannels: number,
  blockCount: number,
];

/** Plain settings of an EfficientNet. */
export interface EfficientNetConfig {
  /** logits. Default 1000. */
  classCount?: number;
  /** multiplies channels, rounded to multiples of 8. Default 1. */
  width?: number;
  /** multiplies block counts. Default 1. */
  depth?: number;
  /** before the head. Default 0.2. */
  dropout?: number;
  /** share of rows that the last block drops; earlier ones less. Default 0.2. */
  stochasticDepth?: number;
  /** Default B0's. */
  stages?: readonly EfficientNetStage[];
  /**
   * 'torchvision' pads evenly, with ε 1e-5; 'tensorflow' pads like "SAME", with ε 1e-3: for weights that came
   * from TensorFlow (timm's tf_ models, lukemelas'). Default 'torchvision'.
   */
  convention?: 'torchvision' | 'tensorflow';
  /** of the batch norms. Default 1e-5, in the 'tensorflow' convention and torchvision's B5 to B7 1e-3. */
  epsilon?: number;
  /** of the batch norms: how far a batch moves the statistics. Default 0.1, where epsilon is 1e-3 0.01. */
  momentum?: number;
  /** Default 'silu'; the Lite networks use 'relu6'. */
  activation?: ActivationName;
  /** whether blocks weigh their channels. Default true; the Lite networks do not. */
  squeezeExcitation?: boolean;
  /** channels of the first and the last convolution stay as they are at any width, as in Lite. Default false. */
  fixedEnds?: boolean;
}

/** The settings, defaults filled in. */
export type EfficientNetSettings = Required<EfficientNetConfig> & { random: Random };
