import type { Scouted } from '@warmstart/guided-tl';
import type { StateDict } from '@warmstart/shapes';
import { type GuidesFound, guidesOf, type Scouting, subproblemsOf, trainScout } from '../method/guiding.js';
import { type PredictInput, predict, preparedRows } from '../method/predict.js';
import type { PretrainEvent } from '../method/pretrain.js';
import { type Arm, type RaceSettings, runArm, type Trial, trainClassifier } from '../method/race.js';
import { type PlacedFile, type ReadPictures, readPictures } from '../method/read-pictures.js';
import { type Source, sourceKey } from '../method/source.js';
import { gather, prepareTable, type Table, type TableFacts } from '../method/table.js';
import type { KeptRun } from '../store/kept.js';
import { type FoundRun, lookFor, pretrainAndKeep, type StorageEvent } from './kept-pretraining.js';
import { type EngineChoice, type EngineFacts, type EngineLost, startEngine } from './start-engine.js';
import { answerCalls } from './worker-call.js';

/** What a studio can be asked to do. */
export type Job =
  | { kind: 'engine'; choice: EngineChoice }
  | { kind: 'table'; source: Source }
  | { kind: 'read-pictures'; files: readonly PlacedFile[] }
  | { kind: 'some-rows'; source: Source; rows: readonly number[] }
  | { kind: 'prepared-rows'; source: Source }
  | { kind: 'look-for-run'; run: KeptRun }
  | { kind: 'pretrain'; choice: EngineChoice; run: KeptRun; resume: boolean }
  | { kind: 'arm'; choice: EngineChoice; source: Source; arm: Arm; settings: RaceSettings; draw: number }
  | {
      kind: 'classifier';
      choice: EngineChoice;
      source: Source;
      arm: Arm;
      settings: RaceSettings;
      chosen: { learningRate: number; steps: number };
    }
  | { kind: 'subproblems'; source: Source; count: number; seed: number }
  | { kind: 'scout'; choice: EngineChoice; source: Source; scout: Scouting }
  | { kind: 'guides'; scouted: Scouted }
  | {
      kind: 'predict';
      choice: EngineChoice;
      source: Source;
      classifier: StateDict;
      classCount: number;
      input: PredictInput;
    };

export interface JobResult {
  engine: EngineFacts;
  table: TableFacts;
  'read-pictures': ReadPictures;
  /** [rows, width], standardised */
  'some-rows': Float32Array;
  'prepared-rows': { features: Float32Array; labels: Int32Array; width: number };
  'look-for-run': FoundRun | undefined;
  pretrain: StateDict;
  arm: Trial[];
  classifier: StateDict;
  subproblems: ReturnType<typeof subproblemsOf>;
  scout: StateDict;
  guides: GuidesFound;
  /** [rows, classes] */
  predict: Float32Array;
}

export type JobEvent = PretrainEvent | StorageEvent | { type: 'read'; done: number };

let lost: EngineLost | undefined;
let engine: { choice: EngineChoice; facts: Promise<EngineFacts> } | undefined;
const tables = new Map<string, Promise<Table>>();

const failAll = answerCalls<Job, JobEvent, JobResult[Job['kind']]>(async (job, context) => {
  try {
    return await answer(job, context);
  } catch (error) {
    // work that a lost GPU breaks off may fail a moment before the loss is told, which is what people must hear
    if ((await engine?.facts.catch(() => undefined))?.backend === 'webgpu') await afterMs(300);
    throw lost ?? error;
  }
});

function afterMs(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function answer(
  job: Job,
  { tell, signal }: { tell: (event: JobEvent) => void; signal: AbortSignal },
): Promise<JobResult[Job['kind']]> {
  if ('choice' in job) await started(job.choice);
  switch (job.kind) {
    case 'engine':
      return started(job.choice);
    case 'table': {
      const { train, validation, test, scale, raw, ...facts } = await tableOf(job.source);
      return facts;
    }
    case 'read-pictures':
      return readPictures(job.files, (done) => tell({ type: 'read', done }));
    case 'some-rows': {
      const { train, width } = await tableOf(job.source);
      return gather(train, width, job.rows).features;
    }
    case 'prepared-rows':
      return preparedRows(await tableOf(job.source));
    case 'pretrain':
      return pretrainAndKeep(await tableOf(job.run.source), job, { signal, tell });
    case 'look-for-run':
      return lookFor(job.run);
    case 'arm':
      return runArm(await tableOf(job.source), job.arm, job.settings, job.draw);
    case 'classifier':
      return trainClassifier(await tableOf(job.source), job.arm, job.settings, job.chosen);
    case 'subproblems':
      return subproblemsOf(await tableOf(job.source), job.count, job.seed);
    case 'scout':
      return trainScout(await tableOf(job.source), job.scout);
    case 'guides':
      return guidesOf(job.scouted);
    case 'predict':
      return predict(await tableOf(job.source), job.classifier, job.classCount, job.input);
  }
}

function onLost(error: EngineLost): void {
  lost = error;
  failAll(error);
}

function started(choice: EngineChoice): Promise<EngineFacts> {
  if (engine?.choice !== choice) engine = { choice, facts: startEngine(choice, onLost) };
  return engine.facts;
}

function tableOf(source: Source): Promise<Table> {
  const key = sourceKey(source);
  const known = tables.get(key) ?? prepareTable(source);
  tables.set(key, known);
  known.catch(() => tables.delete(key)); // a file may be mended
  return known;
}
