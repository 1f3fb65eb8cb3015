import { cardVersion, type PredictorCard } from './cards/model-card.js';
import { originOf } from './cards/origin.js';
import { checkOptions, choice, wholeNumber } from './check-options.js';
import { drawLabels } from './draws.js';
import { TransferError } from './errors.js';
import { type FinetuneOptions, finetuneOptionNames } from './finetune-options.js';
import { Model } from './model/model.js';
import { scoredModel } from './model/scored-model.js';
import { openEncoder } from './open-model.js';
import { PretrainedEncoder } from './pretrained-encoder.js';
import { prepareRows } from './rows/prepared-rows.js';
import { recallRows } from './rows/row-ids.js';
import type { RowIndex, Rows } from './rows/rows.js';
import { splitRows } from './rows/splits.js';
import type { InputSchema } from './schema/input-schema.js';
import type { OutputColumn } from './schema/output-schema.js';
import { type Tuning, tunings } from './tuning/candidate.js';
import type { Judges } from './tuning/held-out.js';
import { newStudy } from './tuning/new-study.js';
import { tune } from './tuning/study.js';

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
  checkOptions('finetune', options, finetuneOptionNames);
  const { signal, labels: count } = options;
  const reading = signal ? { signal } : {};
  const seed = wholeNumber('finetune', 'seed', options.seed ?? 0, 0);
  const draw = wholeNumber('finetune', 'draw', options.draw ?? 0, 0);
  if (count !== undefined) wholeNumber('finetune', 'labels', count, 2);
  const encoder = await encoderOf(options);
  const output = labelOf(rows);
  const index = await rows.index(signal);
  const splits = splitRows(index, output, options.splits);
  const candidates = Uint32Array.from([...splits.train, ...splits.validation]).sort();
  const outputs = outputsIn(index, rows.name);
  const rowNumbers = drawLabels({ candidates, outputs, output, count, seed, draw, name: rows.name });
  const input = encoder?.card.input ?? (await rows.fitInput(candidates, signal));
  const ways = waysOf(options, input, encoder, rowNumbers.length);
  const prepared = await prepareRows(rows, input, rowNumbers, reading);
  const unlabelled = encoder ? await prepareRows(rows, input, someOf(candidates), reading) : prepared;
  const parts = { input, output, prepared, rowNumbers, unlabelled, index, splits, encoder, seed };
  const study = newStudy(options, parts);
  const tuned = await tune(study, ways);
  const learnedBefore = encoder ? recallRows(encoder.card.origin.learned) : new Set<number>();
  const card: PredictorCard = {
    version: cardVersion,
    kind: output.kind === 'classes' ? 'classifier' : 'regressor',
    architecture: tuned.architecture,
    input,
    output: tuned.output,
    origin: await originOf(rows, index, rowNumbers, seed, learnedBefore),
    chosen: { ...tuned.chosen, judgedBy: judgedBy(study.judges), tried: tuned.tried },
    labels: rowNumbers.length,
    scores: {},
    baseline: {},
  };
  const unseen = splits.test.filter((row) => !learnedBefore.has(index.ids[row] as number));
  return scoredModel(new Model(tuned.weights, card), study.task, { rows, index, unseen, reading });
}

/** Enough rows to know what features are like, from all over. */
function someOf(rows: Uint32Array): Uint32Array {
  const every = Math.max(1, Math.floor(rows.length / 1000));
  return rows.filter((_, at) => at % every === 0);
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
  labelCount: number,
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
  if (chosen === 'head' && !encoder) {
    throw new TransferError(
      'bad-option',
      "finetune: tune: 'head' needs a pre-trained encoder, as from. Without one use 'linear' or 'full'.",
    );
  }
  if (chosen !== 'auto') return [chosen];
  const linear: Tuning[] = input.kind === 'texts' ? [] : ['linear'];
  if (encoder) return [...linear, 'head', 'full'];
  return linear.length > 0 && labelCount < labelsForScratch ? linear : [...linear, 'full'];
}

/** With fewer labels, a new encoder is not tried: too few to learn features from, and to see whether it did. */
const labelsForScratch = 100;

function judgedBy(judges: Judges): string {
  return judges.kind === 'held-out'
    ? `${judges.held.length} of the labelled rows, held out`
    : `cross-validation within the labelled rows, ${judges.folds} folds`;
}
