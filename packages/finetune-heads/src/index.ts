export { type FeatureScale, type Features, featureScale } from './features.js';
export { type GradualUnfreezingOptions, gradualUnfreezing } from './gradual-unfreezing.js';
export { type LayerDecayOptions, layerDecay } from './layer-decay.js';
export { LinearHead, type LinearHeadOptions, linearHead } from './linear-head.js';
export {
  assignProbe,
  type LinearProbe,
  type LinearProbeOptions,
  linearProbe,
  probeLogits,
} from './linear-probe.js';
export { MlpHead, type MlpHeadOptions, mlpHead } from './mlp-head.js';
export { biasesAndHead, type HasVariables, type NamedVariable, selectVariables } from './select-variables.js';
export { EncoderWithHead, withHead } from './with-head.js';
