import type { MessagePort } from 'node:worker_threads';
import type { StateDict } from '@warmstart/shapes';
import type { EngineFacts } from '../engine.js';
import type { Recipe } from './recipe.js';
import type { TrainArm } from './train-arm.js';
import type { Trial } from './trial.js';
import type { HonestArm, HonestTrial, Pretrained, QuickstartGuides, SentEncoder } from './verbs.js';

/** What every job says about where it belongs. */
interface Place {
  recipe: Recipe;
  seed: number;
}

/** Learn to rebuild hidden values of the unlabelled rows; `port` gets `{ done, loss }` now and then. */
export interface PretrainJob extends Place {
  kind: 'pretrain';
  port: MessagePort;
}

/** Train all scouts; `port` gets `{ done }` after each. */
export interface ScoutingJob extends Place {
  kind: 'scout';
  encoder: SentEncoder;
  port: MessagePort;
}

/** Fit linear models on one draw of labels; without an encoder, on the raw features. */
export interface ProbeJob extends Place {
  kind: 'probe';
  draw: number;
  encoder?: StateDict | undefined;
}

/** Train encoder and head on one draw of labels, scored on validation rows as well. */
export interface TrainJob extends Place {
  kind: 'train';
  draw: number;
  arm: TrainArm;
}

/** Fine-tune on one draw of labels, which alone choose how. */
export interface HonestJob extends Place {
  kind: 'honest';
  draw: number;
  arm: HonestArm;
}

/** Say what the backend is. */
export interface EngineJob {
  kind: 'engine';
}

export type Job = EngineJob | PretrainJob | ScoutingJob | ProbeJob | TrainJob | HonestJob;

/** What each kind of job gives back. */
export interface JobOutcome {
  engine: EngineFacts;
  pretrain: Pretrained;
  scout: QuickstartGuides;
  probe: Trial[];
  train: Trial[];
  honest: HonestTrial;
}
