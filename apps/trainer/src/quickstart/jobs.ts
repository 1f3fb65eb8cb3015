import type { MessagePort } from 'node:worker_threads';
import type { ClassSubset, ScoutJob } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import type { EngineFacts } from '../engine.js';
import type { Pretrained } from './pretrain.js';
import type { Recipe } from './recipe.js';
import type { TrainArm } from './train-arm.js';

/** What every job says about where it belongs. */
interface Place {
  recipe: Recipe;
  seed: number;
}

/** Learn to rebuild hidden values of the unlabelled rows; `port` is told `{ step, loss }` now and then. */
export interface PretrainJob extends Place {
  kind: 'pretrain';
  port: MessagePort;
}

/** Train one scout. */
export interface ScoutingJob extends Place {
  kind: 'scout';
  scout: ScoutJob<ClassSubset>;
}

/** Fit linear models on one draw of labels; without an encoder, on the raw features. */
export interface ProbeJob extends Place {
  kind: 'probe';
  draw: number;
  encoder?: StateDict | undefined;
}

/** Train encoder and head on one draw of labels. */
export interface TrainJob extends Place {
  kind: 'train';
  draw: number;
  arm: TrainArm;
}

/** Say what computes. */
export interface EngineJob {
  kind: 'engine';
}

export type Job = EngineJob | PretrainJob | ScoutingJob | ProbeJob | TrainJob;

/** What one setting reached on one draw. */
export interface Trial {
  setting: { learningRate: number; steps: number } | { l2: number };
  validationAccuracy: number;
  testAccuracy: number;
  testRocAuc: number;
}

/** What each kind of job gives back. */
export interface JobOutcome {
  engine: EngineFacts;
  pretrain: Pretrained;
  scout: StateDict;
  probe: Trial[];
  train: Trial[];
}
