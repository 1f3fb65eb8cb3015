export { AttentionPoolHead, attentionPoolHead, type SequenceFeatures } from './attention-pool-head.js';
export { type CachedFeatures, cacheFeatures } from './cache-features.js';
export {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidatedProbes,
  crossValidatedRidge,
  type HeldOut,
} from './cross-validation.js';
export { type FeatureScale, type Features, featureScale } from './features.js';
export { drawFolds } from './folds.js';
export { type GradualUnfreezingOptions, gradualUnfreezing } from './gradual-unfreezing.js';
export { labelMetadata, readLabels, requireOnlyHeadMissing } from './label-map.js';
export { type LayerDecayOptions, layerDecay } from './layer-decay.js';
export { LinearHead, type LinearHeadOptions, linearHead } from './linear-head.js';
export {
  assignProbe,
  type LinearProbe,
  type LinearProbeOptions,
  linearProbe,
  probeLogits,
} from './linear-probe.js';
export { addLora, type LoraAdapters, type LoraOptions } from './lora.js';
export { MlpHead, type MlpHeadOptions, mlpHead } from './mlp-head.js';
export { type LabelledRows, onlineProbe } from './online-probe.js';
export {
  fromPeft,
  type PeftAdapter,
  type PeftConfig,
  type PeftFiles,
  type ToPeftOptions,
  toPeft,
} from './peft.js';
export { probeFirst } from './probe-first.js';
export { type RidgeProbe, type RidgeProbeOptions, ridgePredictions, ridgeProbes } from './ridge-probe.js';
export { biasesAndHead, selectVariables } from './select-variables.js';
export { planTuning, type Strategy, type TuningPlan } from './strategy.js';
export { fitTemperature } from './temperature.js';
export { consistencyLoss, pseudoLabelLoss } from './unlabelled-loss.js';
export {
  type BatchNormPolicy,
  EncoderWithHead,
  type FeatureEncoder,
  type WithHeadOptions,
  withHead,
} from './with-head.js';
