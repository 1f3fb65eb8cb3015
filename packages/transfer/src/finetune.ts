import type { OpenSource, StateDict } from '@warmstart/core-checkpoint';
import { cardVersion, type PredictorCard } from './cards/model-card.js';
import { originOf } from './cards/origin.js';
import { checkOptions, choice, wholeNumber } from './check-options.js';
import { drawLabels } from './draws.js';
import type { Architecture } from './encoders/architecture.js';
import { TransferError } from './errors.js';
import { Model } from './model/model.js';
import { openEncoder } from './open-model.js';
import { PretrainedEncoder } from './pretrained-encoder.js';
import { prepareRows } from './rows/prepared-rows.js';
import { recallRows } from './rows/row-ids.js';
import type { RowIndex, Rows } from './rows/rows.js';
import { type SplitShares, splitRows } from './rows/splits.js';
import type { InputSchema } from './schema/input-schema.js';
import { layoutOf } from './schema/layout.js';
import type { OutputColumn } from './schema/output-schema.js';
import { scoreOutputs } from './scores.js';
import { type Tuning, tunings } from './tuning/candidate.js';
import { type ClassWeights, classTask } from './tuning/class-task.js';
import { judgesFor } from './tuning/held-out.js';
import { numberTask } from './tuning/number-task.js';
import { type SearchHooks, SearchLog } from './tuning/search-log.js';
import { type Study, tune } from './tuning/study.js';

/** What {@link finetune} takes besides rows. */
export interface FinetuneOptions extends SearchHooks {
  /** What to start from: an encoder, or the file of one. Without it, from scratch. */
  readonly from?: PretrainedEncoder | OpenSource;
  /** How many labelled rows to learn from, drawn by class; all where it is left out. */
  readonly labels?: number;
  /** Which of several draws of that many. Default 0. */
  readonly draw?: number;
  /** What learns: see {@link Tuning}. Default `auto`: what the labels themselves show to be best. */
  readonly tune?: 'auto' | Tuning;
  /** How far each weight of the encoder may move, under the encoder's keys; from `scoutRows` or `openGuides`. */
  readonly guides?: StateDict;
  /** Base of every random stream. Default 0. */
  readonly seed?: number;
  readonly splits?: SplitShares;
  /** Sizes of the encoder's layers, from scratch. Default [256, 128]. */
  readonly hidden?: readonly number[];
  /** Training steps of one run at most. Default: some 40 epochs, 200 at least, 3,000 at most. */
  readonly steps?: number;
  /** Rows per batch. Default 32, with many rows more. */
  readonly batchSize?: number;
  /** One rate instead of a choice of several. */
  readonly learningRate?: number;
  /** Default 1e-4. */
  readonly weightDecay?: number;
  /** Strength of the linear models' penalty instead of a choice of several; scikit-learn's 1 / C, or alpha. */
  readonly l2?: number;
  /** How much the rows of each class count. Default `none`. */
  readonly classWeights?: ClassWeights;
}

const optionNames = [
  'from',
  'labels',
  'draw',
  'tune',
  'guides',
  'seed',
  'splits',
  'hidden',
  'steps',
  'batchSize',
  'learningRate',
  'weightDecay',
  'l2',
  'classWeights',
  'checkpoint',
  'resume',
  'onEvent',
  'signal',
  'compiler',
  'compile',
] as const satisfies readonly (keyof FinetuneOptions)[];

/**
 * Learns to predict the label from a few labelled rows: puts a head on an encoder and tunes it. The labelled rows
 * themselves decide how (by cross-validation, or with a thousand and more by a fifth of them): the way, the strength of
 * penalties, rate and number of steps, and the temperature of the probabilities. Test rows play no part but in the
 * scores.
 *
 * @param rows - from `readRows`, with a label
 * @returns the model with its card; the caller disposes it
 * @throws TransferError `no-label`, `too-few-labels`, `other-data` where the encoder takes other rows, `bad-option`,
 *   `model-file`; NonFiniteLossError
 * @example
 * const model = await finetune(rows, { from: 'encoder.safetensors', labels: 20, seed: 7 });
 * console.log(model.metrics, model.baseline);
 * await model.save('diagnosis.safetensors');
 * @see Kumar et al. 2022, arXiv 2202.10054 (head first, then all); Guo et al. 2017, arXiv 1706.04599 (temperature)
 */
export async function finetune(rows: Rows, options: FinetuneOptions = {}): Promise<Model> {
  checkOptions('finetune', options, optionNames);
  const { signal, splits: shares } = options;
  const seed = wholeNumber('finetune', 'seed', options.seed ?? 0, 0);
  const draw = wholeNumber('finetune', 'draw', options.draw ?? 0, 0);
  if (options.labels !== undefined) wholeNumber('finetune', 'labels', options.labels, 2);
  const encoder = await encoderOf(options);
  const output = labelOf(rows);
  const index = await rows.index(signal);
  const splits = splitRows(index, output, shares);
  const mayLearn = Uint32Array.from([...splits.train, ...splits.validation]).sort();
  const chosenRows = drawLabels({
    candidates: mayLearn,
    outputs: outputsIn(index, rows.name),
    output,
    count: options.labels,
    seed,
    draw,
    name: rows.name,
  });
  const input = encoder?.card.input ?? (await rows.fitInput(mayLearn, signal));
  const prepared = await prepareRows(rows, input, chosenRows, signal ? { signal } : {});
  const study = studyOf(options, { prepared, output, input, encoder, seed, rows, index, splits, chosenRows });
  const tuned = await tune(study, waysOf(options, input, encoder));
  const learnedBefore = encoder ? recallRows(encoder.card.origin.learned) : new Set<number>();
  const card: PredictorCard = {
    version: cardVersion,
    kind: output.kind === 'classes' ? 'classifier' : 'regressor',
    architecture: tuned.architecture,
    input,
    output: tuned.output,
    origin: await originOf(rows, index, chosenRows, seed, learnedBefore),
    chosen: { ...tuned.chosen, judgedBy: judgedBy(study), tried: tuned.tried },
    labels: chosenRows.length,
    scores: {},
    baseline: {},
  };
  const unseen = splits.test.filter((row) => !learnedBefore.has(index.ids[row] as number));
  return scored(new Model(tuned.weights, card), study, { rows, index, unseen, signal });
}

async function encoderOf({ from }: FinetuneOptions): Promise<PretrainedEncoder | undefined> {
  return from === undefined || from instanceof PretrainedEncoder ? from : openEncoder(from);
}

/** @throws TransferError `no-label` */
function labelOf({ output, name, kind }: Rows): OutputColumn {
  if (output) return output;
  const remedy =
    kind === 'images' || kind === 'texts'
      ? 'Sort the files into one folder for each class.'
      : 'Name its column: readRows(source, { label }).';
  throw new TransferError('no-label', `${name}: there is no label to learn. ${remedy}`, { file: name });
}

function outputsIn({ outputs }: RowIndex, name: string): Float64Array {
  if (outputs) return outputs;
  throw new TransferError('no-label', `${name}: the rows have a label column, but no row has a label.`, {
    file: name,
  });
}

/** The ways that are tried: the one asked for, or all that these rows and this encoder allow. */
function waysOf(
  { tune: way = 'auto' }: FinetuneOptions,
  input: InputSchema,
  encoder: PretrainedEncoder | undefined,
): readonly Tuning[] {
  const chosen = choice('finetune', 'tune', way, ['auto', ...tunings]);
  if (input.kind === 'texts' && !encoder) {
    throw new TransferError(
      'other-data',
      'finetune: texts need an encoder. Pre-train one: from: await pretrain(rows).',
    );
  }
  if (chosen === 'linear' && input.kind === 'texts') {
    throw new TransferError(
      'bad-option',
      "finetune: tune: 'linear' takes columns, genes or pixels as they are, got texts. Use 'head'.",
    );
  }
  if (chosen !== 'auto') return [chosen];
  const linear: Tuning[] = input.kind === 'texts' ? [] : ['linear'];
  return encoder ? [...linear, 'head', 'full'] : [...linear, 'full'];
}

/** Everything that a study is made from. */
interface StudyParts {
  readonly prepared: Awaited<ReturnType<typeof prepareRows>>;
  readonly output: OutputColumn;
  readonly input: InputSchema;
  readonly encoder: PretrainedEncoder | undefined;
  readonly seed: number;
  readonly rows: Rows;
  readonly index: RowIndex;
  readonly splits: ReturnType<typeof splitRows>;
  readonly chosenRows: Uint32Array;
}

function studyOf(options: FinetuneOptions, parts: StudyParts): Study {
  const { prepared, output, input, encoder, seed, index, splits, chosenRows } = parts;
  const {
    hidden = [256, 128],
    classWeights = 'none',
    weightDecay = 1e-4,
    learningRate,
    l2,
    guides,
  } = options;
  if (guides && !encoder) {
    throw new TransferError(
      'bad-option',
      'finetune: guides need the encoder that they were scouted from, as from.',
    );
  }
  const task =
    output.kind === 'classes'
      ? classTask(output, prepared.outputs, classWeights)
      : numberTask(output, prepared.outputs);
  const targets = task.targetsOf(prepared.outputs);
  const batchSize = options.batchSize ?? batchSizeFor(targets.length);
  const architecture: Architecture = encoder?.card.architecture ?? {
    kind: 'mlp',
    inFeatures: layoutOf(input).width,
    hidden: [...hidden],
  };
  const isForValidation = new Set(index.parts || options.labels === undefined ? splits.validation : []);
  const reserved = Uint32Array.from(chosenRows.keys()).filter((at) =>
    isForValidation.has(chosenRows[at] as number),
  );
  const steps = options.steps ?? stepsFor(targets.length, batchSize);
  const study = {
    task,
    input,
    labelled: { rows: prepared, targets },
    judges: judgesFor(task, targets, seed, reserved),
    seed,
    architecture,
    encoder: encoder?.weights,
    guides,
    batchSize: wholeNumber('finetune', 'batchSize', batchSize),
    weightDecay,
    steps: wholeNumber('finetune', 'steps', steps),
    rates: learningRate !== undefined ? [learningRate] : encoder ? [1e-4, 1e-3] : [3e-4, 1e-3],
    l2,
  };
  const { tune: way, labels, draw } = options;
  const decides = [
    way,
    labels,
    draw,
    seed,
    study.steps,
    batchSize,
    study.rates,
    weightDecay,
    l2,
    hidden,
    classWeights,
  ];
  return {
    ...study,
    log: new SearchLog(options, `finetune ${JSON.stringify(decides)} ${fingerprintOf(parts)}`),
  };
}

/** Of the labelled rows and what they start from. */
function fingerprintOf({ index, chosenRows, encoder }: StudyParts): string {
  let sum = 0;
  for (const row of chosenRows) sum = (sum * 31 + (index.ids[row] as number)) % 2 ** 40;
  return `${chosenRows.length} ${sum} ${encoder?.card.origin.data.digest ?? ''}`;
}

function batchSizeFor(rowCount: number): number {
  return rowCount < 2000 ? 32 : rowCount < 50_000 ? 128 : 512;
}

function stepsFor(rowCount: number, batchSize: number): number {
  const epoch = Math.ceil(rowCount / batchSize);
  return Math.max(200, Math.min(3000, 40 * epoch));
}

function judgedBy({ judges }: Study): string {
  return judges.kind === 'held-out'
    ? `${judges.held.length} of the labelled rows, held out`
    : `cross-validation within the labelled rows, ${judges.folds} folds`;
}

async function scored(
  model: Model,
  { task }: Study,
  where: { rows: Rows; index: RowIndex; unseen: Uint32Array; signal: AbortSignal | undefined },
): Promise<Model> {
  const { rows, index, unseen, signal } = where;
  const { output, input } = model.card;
  const isKnown = (row: number) => {
    const value = index.outputs?.[row] ?? Number.NaN;
    return output.kind === 'classes' ? value >= 0 : !Number.isNaN(value);
  };
  const answered = unseen.filter(isKnown);
  const prepared = await prepareRows(rows, input, answered, signal ? { signal } : {});
  const outputs = await model.outputsOf(prepared, signal);
  const shape = [answered.length, task.outputCount];
  const baseline = Float32Array.from(
    { length: answered.length * task.outputCount },
    (_, at) => task.baseline[at % task.outputCount] as number,
  );
  const plain = output.kind === 'classes' ? { ...output, temperature: 1 } : output;
  return model.withScores(
    scoreOutputs(outputs, prepared.outputs, output),
    scoreOutputs({ data: baseline, shape }, prepared.outputs, plain),
  );
}
