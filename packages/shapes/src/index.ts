export type {
  HostTensor,
  NamedTensor,
  Quantization,
  ReadonlyStateDict,
  StateDict,
  TypedArray,
} from './named-tensor.js';
export type { LearningRate, Optimizer } from './optimizer.js';
export type { AdamWStep, OptimizerKernels, OptimizerRow, SgdStep } from './optimizer-kernel.js';
export type { Random } from './random.js';
export type {
  CompiledLoss,
  LossAndGradients,
  StepCompiler,
  StepCompilerEvent,
  StepPosition,
} from './steps.js';
export type { HasVariables, NamedVariable } from './variables.js';
