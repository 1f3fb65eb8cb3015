import { wholeNumber } from '../check-options.js';
import type { Architecture } from '../encoders/architecture.js';
import { TransferError } from '../errors.js';
import type { FinetuneOptions } from '../finetune-options.js';
import type { PretrainedEncoder } from '../pretrained-encoder.js';
import type { PreparedRows } from '../rows/prepared-rows.js';
import type { RowIndex } from '../rows/rows.js';
import type { Splits } from '../rows/splits.js';
import type { InputSchema } from '../schema/input-schema.js';
import { layoutOf } from '../schema/layout.js';
import type { OutputColumn } from '../schema/output-schema.js';
import { classTask } from './class-task.js';
import { judgesFor } from './held-out.js';
import { numberTask } from './number-task.js';
import { SearchLog } from './search-log.js';
import type { Study } from './study.js';

/** Everything that a study is made from. */
export interface StudyParts {
  readonly input: InputSchema;
  readonly output: OutputColumn;
  /** The labelled rows, and their numbers. */
  readonly prepared: PreparedRows;
  readonly rowNumbers: Uint32Array;
  /** Some of the rows that may be learned from, labelled or not. */
  readonly unlabelled: PreparedRows;
  readonly index: RowIndex;
  readonly splits: Splits;
  readonly encoder: PretrainedEncoder | undefined;
  readonly seed: number;
}

/** Settles what is tuned and what may be spent, from the options and the labelled rows. */
export function newStudy(options: FinetuneOptions, parts: StudyParts): Study {
  const { input, output, prepared, encoder, seed } = parts;
  const { weightDecay = 1e-4, learningRate, l2, guides } = options;
  if (guides && !encoder) {
    throw new TransferError(
      'bad-option',
      'finetune: guides need the encoder that they were scouted from, as from.',
    );
  }
  const task =
    output.kind === 'classes'
      ? classTask(output, prepared.outputs, options.classWeights ?? 'none')
      : numberTask(output, prepared.outputs);
  const targets = task.targetsOf(prepared.outputs);
  const batchSize = wholeNumber('finetune', 'batchSize', options.batchSize ?? batchSizeFor(targets.length));
  const rates = learningRate !== undefined ? [learningRate] : encoder ? [1e-4, 1e-3] : [3e-4, 1e-3];
  const study = {
    task,
    input,
    labelled: { rows: prepared, targets },
    unlabelled: parts.unlabelled,
    judges: judgesFor(task, targets, seed, reservedRows(options, parts)),
    seed,
    architecture: encoder?.card.architecture ?? newArchitecture(input, options),
    encoder: encoder?.weights,
    guides,
    batchSize,
    weightDecay,
    steps: wholeNumber('finetune', 'steps', options.steps ?? stepsFor(targets.length, batchSize)),
    rates,
    l2,
  };
  return { ...study, log: new SearchLog(options, `finetune ${fingerprintOf(study, options, parts)}`) };
}

function newArchitecture(input: InputSchema, { hidden = [256, 128] }: FinetuneOptions): Architecture {
  return { kind: 'mlp', inFeatures: layoutOf(input).width, hidden: [...hidden] };
}

/** Labelled rows that the data set aside for validation, by place: where all labels are used, they judge. */
function reservedRows({ labels }: FinetuneOptions, { index, splits, rowNumbers }: StudyParts): Uint32Array {
  const aside = new Set(index.parts || labels === undefined ? splits.validation : []);
  return Uint32Array.from(rowNumbers.keys()).filter((at) => aside.has(rowNumbers[at] as number));
}

/** Of everything that decides the results, the labelled rows and what they start from included. */
function fingerprintOf(
  { rates, steps, batchSize, weightDecay, l2, seed }: Omit<Study, 'log'>,
  { tune, draw, hidden, classWeights }: FinetuneOptions,
  { index, rowNumbers, encoder }: StudyParts,
): string {
  let sum = 0;
  for (const row of rowNumbers) sum = (sum * 31 + (index.ids[row] as number)) % 2 ** 40;
  const settings = [tune, draw, seed, rates, steps, batchSize, weightDecay, l2, hidden, classWeights];
  return JSON.stringify([...settings, rowNumbers.length, sum, encoder?.card.origin.data.digest]);
}

function batchSizeFor(rowCount: number): number {
  return rowCount < 2000 ? 32 : rowCount < 50_000 ? 128 : 512;
}

function stepsFor(rowCount: number, batchSize: number): number {
  return Math.max(200, Math.min(3000, 40 * Math.ceil(rowCount / batchSize)));
}
