export { type AdamWOptions, adamW } from './adam-w.js';
export type { Batches } from './batch-source.js';
export { expectedCalibrationError } from './calibration.js';
export {
  balancedClassWeights,
  type ClassificationLossOptions,
  checkClassLabels,
  classificationLoss,
} from './classification-loss.js';
export { clipGradients, gradientNorm } from './clip-gradients.js';
export type { EarlyStopping, StallCount } from './early-stopping.js';
export { NonFiniteLossError, ResumeError } from './errors.js';
export { evaluate, type Pass, predict } from './evaluate.js';
export type {
  CheckpointSaveEvent,
  CompilerEvent,
  EpochEndEvent,
  EvaluationEndEvent,
  FitEndEvent,
  OnEvent,
  StepEndEvent,
  StopReason,
  TrainingEvent,
} from './events.js';
export {
  type FindLearningRateOptions,
  findLearningRate,
  type LearningRateCurve,
} from './find-learning-rate.js';
export { type FitResult, fit } from './fit.js';
export type { FitOptions, Learning } from './fit-options.js';
export { lossAndGradients } from './gradients.js';
export { type LayersModelShape, layersVariables } from './layers-variables.js';
export {
  oneCycle,
  type Schedule,
  stepDecay,
  type WarmupOptions,
  warmupConstant,
  warmupCosine,
  warmupLinear,
} from './learning-rates.js';
export {
  accuracy,
  balancedAccuracy,
  type ClassScores,
  classScores,
  logLoss,
  type Metric,
  macroF1,
  meanSquaredError,
  multiLabelF1,
  rSquared,
} from './metrics.js';
export type { OptimizerOptions } from './optimizer.js';
export { averagePrecision, rocAuc } from './ranking.js';
export { type SgdOptions, sgd } from './sgd.js';
export type { TrainingCheckpoint, TrainingProgress } from './training-checkpoint.js';
export { type WeightAverage, weightAverage } from './weight-average.js';
