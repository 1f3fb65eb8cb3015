export { Activation, type ActivationName, activation, gelu, geluTanh, silu } from './activations.js';
export { Dropout, StochasticDepth } from './dropout.js';
export {
  constantFill,
  type FanOptions,
  fans,
  kaimingNormalFill,
  kaimingUniformFill,
  normalFill,
  truncatedNormalFill,
  uniformFill,
  xavierUniformFill,
} from './init.js';
export { Linear, type LinearOptions } from './linear.js';
export {
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  meanSquaredError,
} from './losses.js';
export { type AnyModule, type CallOptions, Module, type NamedVariable } from './module.js';
export { deferVariables, type Fill, Parameter, type ParameterOptions } from './parameter.js';
export { normalRandom, type Random, seededRandom } from './random.js';
export { Sequential } from './sequential.js';
