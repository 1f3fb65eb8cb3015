import type { StateDict } from '@warmstart/core-checkpoint';
import { newClassifier, outputs, startFromProbe } from '../method/classifier.js';
import { labelledRows } from '../method/draws.js';
import { type Scouting, subproblemsOf, trainScout } from '../method/guiding.js';
import { type PretrainEvent, pretrain } from '../method/pretrain.js';
import { type Arm, budget, type RaceSettings, runArm, type Trial } from '../method/race.js';
import { type Source, sourceKey } from '../method/source.js';
import { prepareTable, type Table, type TableFacts } from '../method/table.js';
import { type KeptPretraining, keepPretraining } from '../store/kept.js';
import { type EngineChoice, type EngineFacts, startEngine } from './start-engine.js';
import { answerCalls } from './worker-call.js';

/** What a studio can be asked to do. */
export type Job =
  | { kind: 'engine'; choice: EngineChoice }
  | { kind: 'table'; source: Source }
  | { kind: 'test-rows'; source: Source }
  | { kind: 'pretrain'; choice: EngineChoice; run: KeptPretraining }
  | { kind: 'arm'; choice: EngineChoice; source: Source; arm: Arm; settings: RaceSettings; draw: number }
  | { kind: 'subproblems'; source: Source; count: number; seed: number }
  | { kind: 'scout'; choice: EngineChoice; source: Source; scout: Scouting }
  | {
      kind: 'predict';
      choice: EngineChoice;
      source: Source;
      encoder: StateDict;
      settings: RaceSettings;
      row: Float32Array;
    };

export interface JobResult {
  engine: EngineFacts;
  table: TableFacts;
  'test-rows': { labels: Int32Array; features: Float32Array };
  pretrain: StateDict;
  arm: Trial[];
  subproblems: ReturnType<typeof subproblemsOf>;
  scout: StateDict;
  /** one probability per class */
  predict: Float32Array;
}

export type JobEvent = PretrainEvent | { type: 'kept'; step: number } | { type: 'not-kept'; message: string };

let engine: { choice: EngineChoice; facts: Promise<EngineFacts> } | undefined;
const tables = new Map<string, Promise<Table>>();

answerCalls<Job, JobEvent, JobResult[Job['kind']]>(async (job, { tell, signal }) => {
  if ('choice' in job) await started(job.choice);
  switch (job.kind) {
    case 'engine':
      return started(job.choice);
    case 'table': {
      const { train, validation, test, scale, ...facts } = await tableOf(job.source);
      return facts;
    }
    case 'test-rows': {
      const { features, labels } = (await tableOf(job.source)).test;
      return { features, labels };
    }
    case 'pretrain':
      return pretrainAndKeep(job.run, signal, tell);
    case 'arm':
      return runArm(await tableOf(job.source), job.arm, job.settings, job.draw);
    case 'subproblems':
      return subproblemsOf(await tableOf(job.source), job.count, job.seed);
    case 'scout':
      return trainScout(await tableOf(job.source), job.scout);
    case 'predict':
      return predict(await tableOf(job.source), job);
  }
});

function started(choice: EngineChoice): Promise<EngineFacts> {
  if (engine?.choice !== choice) engine = { choice, facts: startEngine(choice) };
  return engine.facts;
}

function tableOf(source: Source): Promise<Table> {
  const key = sourceKey(source);
  const known = tables.get(key) ?? prepareTable(source);
  tables.set(key, known);
  known.catch(() => tables.delete(key)); // a file may be mended
  return known;
}

/** Every checkpoint goes to the device's storage, so that neither a closed tab nor a crash loses the run. */
async function pretrainAndKeep(
  run: KeptPretraining,
  signal: AbortSignal,
  tell: (event: JobEvent) => void,
): Promise<StateDict> {
  const kept = { ...run, curve: [...run.curve], checks: [...run.checks] };
  const encoder = await pretrain(await tableOf(run.source), run.settings, {
    resume: run.checkpoint,
    signal,
    tell: (event) => {
      if (event.type === 'check') kept.checks.push(event.check);
      else {
        const first = event.step - event.losses.length + 1;
        for (const [index, loss] of event.losses.entries()) kept.curve.push([first + index, loss]);
      }
      tell(event);
    },
    keep: async (checkpoint) => {
      const { step } = checkpoint.progress;
      await keepPretraining({ ...kept, checkpoint }).then(
        () => tell({ type: 'kept', step }),
        (error: Error) => tell({ type: 'not-kept', message: error.message }),
      );
    },
  });
  const { checkpoint, ...finished } = kept;
  await keepPretraining({ ...finished, encoder }).catch((error: Error) =>
    tell({ type: 'not-kept', message: error.message }),
  );
  return encoder;
}

/** Class probabilities of one new row, from the frozen encoder and a head fitted to the first draw of labels. */
async function predict(table: Table, job: Extract<Job, { kind: 'predict' }>): Promise<Float32Array> {
  const { encoder, settings, row } = job;
  if (row.length !== table.width) {
    throw new RangeError(`A row has ${table.width} values here, got ${row.length}.`);
  }
  const shape = { width: table.width, classCount: table.classNames.length, seed: settings.seed };
  const model = await newClassifier(shape, encoder);
  try {
    await startFromProbe(model, table, labelledRows(table, { ...settings, draw: 0 }), budget.l2);
    const logits = await outputs(model, { features: table.scale(row), rowCount: 1 }, table.width);
    const values = Float32Array.from(logits.data);
    const most = Math.max(...values);
    const powers = values.map((logit) => Math.exp(logit - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  } finally {
    model.dispose();
  }
}
