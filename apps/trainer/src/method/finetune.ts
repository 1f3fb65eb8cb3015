import * as tf from '@tensorflow/tfjs-core';
import { planTuning, probeFirst, type Strategy } from '@warmstart/finetune-heads';
import { guideUpdates } from '@warmstart/guided-tl';
import { crossEntropy, meanSquaredError } from '@warmstart/nn';
import { seededRandom, shuffled } from '@warmstart/random';
import type { Optimizer, StateDict, StepCompiler } from '@warmstart/shapes';
import { adamW, fit, type TrainingEvent, warmupConstant } from '@warmstart/training';
import { DataError } from '../data/data-error.js';
import type { Part } from '../data/encode-rows.js';
import type { Examples } from '../data/examples.js';
import type { Preparation } from '../data/preparation.js';
import { nestedDraw } from '../few-labels/nested-draw.js';
import type { Run } from '../runs/run.js';
import type { Settings } from '../settings/project.js';
import type { Architecture } from './architecture.js';
import { answeredRows, scoreOf } from './score.js';
import { blocksOf, drawRows, takeRows } from './take-rows.js';
import { inputOf, newModel, outputsOf, type TunedModel } from './tuned-model.js';

type Answer = NonNullable<Preparation['answer']>;

/** What fine-tuning starts from. */
export interface StartingPoint {
  architecture: Architecture;
  /** Pre-trained weights of the encoder; without them, new ones. */
  encoder?: StateDict;
  /** How much of its usual way each weight of the encoder goes, under the encoder's keys. */
  guides?: StateDict;
}

/** What fine-tuning gives; the caller disposes the model. */
export interface FineTuned {
  model: TunedModel;
  /** Labelled rows it learned from. */
  labels: number;
  /** On validation rows. */
  metrics: Record<string, number>;
}

/** Puts a head on an encoder and learns from labelled training rows. */
export async function finetune(
  data: Examples,
  start: StartingPoint,
  settings: Settings<'finetune'>,
  run: Run,
  { onEvent, compiler }: { onEvent: (event: TrainingEvent) => void; compiler: StepCompiler },
): Promise<FineTuned> {
  const { seed, steps, strategy, weightDecay, checkpointEvery, l2 } = settings;
  const answer = answerOf(data);
  const labelled = takeRows(data.parts.train, labelledRows(data, answer, settings));
  const model = newModel(start.architecture, answer, seed, start.encoder);
  const kept = await run.fitHooks(checkpointEvery, onEvent);
  const probes = strategy === 'probe-then-tune' && answer.kind === 'classes';
  if (probes && !kept.resume) await probe(model, labelled, l2);
  const frozen = start.architecture.kind === 'published';
  const plan = planTuning(model, frozen ? { kind: 'head-only' } : strategyOf(strategy, steps, answer));
  const { all, variables, learningRateScales } = plan;
  const rate = settings.learningRate ?? (probes ? 1e-4 : 1e-3);
  const schedule = warmupConstant(rate, Math.min(20, steps));
  const bare = adamW({ variables: all, learningRate: schedule, learningRateScales, weightDecay });
  const optimizer = start.guides ? guided(bare, model, all, start.guides) : bare;
  const batchSize = Math.min(settings.batchSize, labelled.rowCount);
  const measured = () => measure(model, data.parts.validation, answer);
  const order = [...Array(labelled.rowCount).keys()];
  try {
    await fit<Part>({
      ...kept,
      variables,
      model,
      optimizer,
      steps,
      batches: ({ step }) =>
        takeRows(labelled, drawRows(order, batchSize, seededRandom(seed, 'batch', step))),
      loss: (rows, { step }) => lossOf(model, rows, answer, seededRandom(seed, 'drop', step)),
      evaluation: { measure: measured, every: Math.max(1, Math.ceil(steps / 20)) },
      compiler,
      compile: settings.compile,
      fingerprint: fingerprintOf(data, settings),
    });
    return { model, labels: labelled.rowCount, metrics: await measured() };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    optimizer.dispose();
  }
}

/** Scales the updates of the encoder; the head moves as usual. */
function guided(
  optimizer: Optimizer,
  model: TunedModel,
  variables: ReadonlyMap<string, tf.Variable>,
  guides: StateDict,
): Optimizer {
  const ofModel = new Map([...guides].map(([key, guide]) => [`encoder.${key}`, guide]));
  return guideUpdates(optimizer, { variables, guides: ofModel, model, strict: false });
}

/** @throws DataError if the rows have no answer to learn */
export function answerOf({ preparation, source }: Pick<Examples, 'preparation' | 'source'>): Answer {
  if (preparation.answer) return preparation.answer;
  const remedy = source.table
    ? 'Name the column with --label.'
    : 'Sort the files into one folder for each class, or give a table with --label.';
  throw new DataError('no-label', `${source.name}: there is no label to learn. ${remedy}`, source.name);
}

/** Scores of a model on the rows of a part whose answer is known. */
export async function measure(
  model: TunedModel,
  part: Part,
  answer: Answer,
): Promise<Record<string, number>> {
  const answered = takeRows(part, answeredRows(part, answer));
  return scoreOf(await outputsOf(model, answered, answer), answered.answers, answer);
}

/** The labelled rows to learn from: a stratified draw, whose smaller draws lie in the larger ones. */
function labelledRows(
  { parts, source }: Examples,
  answer: Answer,
  { labels, seed }: Settings<'finetune'>,
): number[] {
  const answered = answeredRows(parts.train, answer);
  const random = seededRandom(seed, 'finetune', 'draw');
  if (answer.kind === 'number') return shuffled(answered, random).slice(0, labels);
  const classes = answered.map((row) => parts.train.answers[row] as number);
  requireClasses(classes, answer, source.name, labels);
  const order = nestedDraw(classes, answer.classNames.length, random);
  return order.slice(0, labels).map((index) => answered[index] as number);
}

function requireClasses(
  classes: readonly number[],
  { classNames }: Extract<Answer, { kind: 'classes' }>,
  file: string,
  labels: number | undefined,
): void {
  if (labels !== undefined && labels < classNames.length) {
    throw new DataError(
      'too-few-labels',
      `${file}: --labels must be at least the ${classNames.length} classes, got ${labels}: each class needs one labelled row.`,
      file,
    );
  }
  const found = new Set(classes);
  const absent = classNames.filter((_, index) => !found.has(index));
  if (absent.length === 0) return;
  throw new DataError(
    'too-few-labels',
    `${file}: every class must have a labelled training row, got none of ${absent.slice(0, 5).join(', ')}${absent.length > 5 ? ` and ${absent.length - 5} more` : ''}. ` +
      `There are ${classNames.length} classes and ${classes.length} labelled training rows. Leave rare classes out, or add rows.`,
    file,
  );
}

async function probe(model: TunedModel, labelled: Part, l2: number): Promise<void> {
  const inputs = [...blocksOf(labelled)].map(inputOf);
  try {
    await probeFirst(model, { batches: inputs, labels: labelled.answers }, { l2 });
  } finally {
    tf.dispose(inputs);
  }
}

function lossOf(model: TunedModel, rows: Part, answer: Answer, random: () => number): tf.Scalar {
  return tf.tidy(() => {
    const outputs = model.call(inputOf(rows), { training: true, random });
    if (answer.kind === 'classes')
      return crossEntropy(outputs, tf.tensor1d(Int32Array.from(rows.answers), 'int32'));
    const { mean = 0, deviation = 1 } = answer;
    const wanted = rows.answers.map((value) => (value - mean) / deviation);
    return meanSquaredError(outputs, tf.tensor2d(wanted, [rows.rowCount, 1]));
  });
}

/** A number has no probe, so the head moves first and the encoder follows after a third of the steps. */
function strategyOf(name: Settings<'finetune'>['strategy'], steps: number, { kind }: Answer): Strategy {
  const unfreezeAt = [Math.max(1, Math.floor(steps / 3))];
  if (name === 'gradual' || (name === 'probe-then-tune' && kind === 'number')) {
    return { kind: 'gradual', by: 'step', unfreezeAt };
  }
  return name === 'probe-then-tune' ? { kind: 'full', layerDecay: { decay: 1 } } : { kind: name };
}

function fingerprintOf({ digest }: Examples, settings: Settings<'finetune'>): string {
  const { seed, steps, batchSize, learningRate, strategy, labels, from, weightDecay, l2, guides } = settings;
  return `${digest} finetune ${JSON.stringify([seed, steps, batchSize, learningRate, strategy, labels, from, weightDecay, l2, guides])}`;
}
