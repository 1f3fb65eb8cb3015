import type { MessagePort } from 'node:worker_threads';
import type { StateDict } from '@warmstart/core-checkpoint';
import type { ArmName } from './result.js';

/** Learn to rebuild hidden values of the unlabelled rows. */
export interface PretrainJob {
  kind: 'pretrain';
  dataset: string;
  seed: number;
  /** Told `{ step, loss }` now and then. */
  port: MessagePort;
}

export interface PretrainOutcome {
  encoder: StateDict;
  /** Training loss by step, thinned for a chart. */
  curve: { step: number; loss: number }[];
  maskedLossBefore: number;
  maskedLossAfter: number;
  baselineLoss: number;
}

/** Fit linear models on features of one draw of labels, one per strength of regularisation. */
export interface ProbeJob {
  kind: 'probe';
  dataset: string;
  seed: number;
  draw: number;
  /** Absent: on the raw features. */
  encoder?: StateDict;
}

/** Train encoder and head on one draw of labels, once per learning rate. */
export interface TrainJob {
  kind: 'train';
  dataset: string;
  seed: number;
  draw: number;
  arm: Exclude<ArmName, 'frozen'>;
  /** Absent: a new one. */
  encoder?: StateDict;
  /** Head from a linear probe of this strength; absent: a new one. */
  probeL2?: number;
  guides?: StateDict;
}

/** What one setting reached on one draw. */
export interface Trial {
  setting: { learningRate: number; steps: number } | { l2: number };
  validationAccuracy: number;
  testAccuracy: number;
  testRocAuc: number;
}

export type Job = PretrainJob | ProbeJob | TrainJob;
