export { Activation, type ActivationName, activation, gelu, geluTanh, silu } from './activations.js';
export {
  type AttentionInput,
  attentionBias,
  MultiheadAttention,
  mergeHeads,
  requireHeads,
  scaledDotProductAttention,
  splitHeads,
} from './attention.js';
export { BatchNorm, type BatchNormOptions, freezeBatchNorm } from './batch-norm.js';
export { Conv1d, type Conv1dOptions } from './conv1d.js';
export { Conv2d, type Conv2dOptions, type ConvolutionOptions, type ConvPadding } from './conv2d.js';
export { Dropout, StochasticDepth } from './dropout.js';
export { Embedding, type EmbeddingOptions, tokenIds } from './embedding.js';
export { Flatten } from './flatten.js';
export { Gpt2Conv1D } from './gpt2-conv1d.js';
export {
  constantFill,
  type FanOptions,
  fans,
  type KaimingOptions,
  kaimingNormalFill,
  kaimingUniformFill,
  normalFill,
  truncatedNormalFill,
  uniformFill,
  type XavierOptions,
  xavierUniformFill,
} from './init.js';
export { LayerNorm } from './layer-norm.js';
export { Linear, type LinearOptions } from './linear.js';
export {
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  meanSquaredError,
} from './losses.js';
export { Lstm, type LstmInput, type LstmOptions, type LstmRun, type LstmState, runLstm } from './lstm.js';
export { maxOverAxis } from './max-over-axis.js';
export { mixAxis } from './mix-axis.js';
export { type AnyModule, type CallOptions, Module } from './module.js';
export { type Margin, Pad2d, type PaddingMode, pad2d } from './padding.js';
export { deferVariables, type Fill, Parameter, type ParameterOptions } from './parameter.js';
export { orthogonalProjection, performerAttention } from './performer.js';
export {
  AveragePool2d,
  adaptiveAveragePool2d,
  averagePool2d,
  globalAveragePool2d,
  MaxPool2d,
  maxPool2d,
  type PoolOptions,
} from './pooling.js';
export { Sequential } from './sequential.js';
export { type Pair, requireSize } from './size.js';
export {
  TransformerBlock,
  type TransformerBlockInput,
  type TransformerBlockOptions,
} from './transformer-block.js';
