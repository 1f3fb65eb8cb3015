import type { StepCompilerEvent } from '@warmstart/shapes';

/** What a training run reports, in order of time. */
export type TrainingEvent =
  | StepEndEvent
  | CompilerEvent
  | EpochEndEvent
  | EvaluationEndEvent
  | CheckpointSaveEvent
  | FitEndEvent;

/** Every `logEvery` steps: the losses since the last such event, read from the backend at once. */
export interface StepEndEvent {
  type: 'step-end';
  /** Updates made so far. */
  step: number;
  epoch: number;
  /** Mean of `losses`. */
  loss: number;
  /** One per step since the last report. */
  losses: Float32Array;
  /** Length of the last step's gradient before clipping; only with `clipNorm`. */
  gradientNorm?: number;
  /** Of the last step; only where the optimizer tells it. */
  learningRate?: number;
  /** Since the last report, with everything that happened between. */
  millisecondsPerStep: number;
}

/** What `compiler` says: which way the steps run from here on, and that a compiled one still agrees. */
export type CompilerEvent = StepCompilerEvent & {
  /** Updates made so far. */
  step: number;
  epoch: number;
};

/** The batches are used up once more. */
export interface EpochEndEvent {
  type: 'epoch-end';
  step: number;
  /** The epoch that ended, from 0. */
  epoch: number;
}

/** `evaluation.measure` has answered. */
export interface EvaluationEndEvent {
  type: 'evaluation-end';
  step: number;
  epoch: number;
  metrics: Record<string, number>;
  /** Whether the watched metric is the best so far; only with early stopping. */
  best?: boolean;
}

/** `checkpoint.save` has returned. */
export interface CheckpointSaveEvent {
  type: 'checkpoint-save';
  step: number;
  epoch: number;
}

/** The run is over. */
export interface FitEndEvent {
  type: 'fit-end';
  step: number;
  epoch: number;
  reason: StopReason;
}

/** Why a run ended: all steps were made, or the watched metric stalled. */
export type StopReason = 'completed' | 'early-stopping';

/** Gets events; what it returns is awaited, so a page can draw. */
export type OnEvent = (event: TrainingEvent) => void | Promise<void>;
