import type { HostTensor, StateDict } from '@warmstart/shapes';
import type { ClassScores } from '@warmstart/training';
import type { PredictorCard } from '../cards/model-card.js';
import { modelFileBytes, type SaveTarget, saveModelFile } from '../cards/model-file.js';
import type { RowsOptions } from '../rows/open/rows-options.js';
import { type PreparedRows, prepareRows } from '../rows/prepared-rows.js';
import { readRows } from '../rows/read-rows.js';
import { recallRows } from '../rows/row-ids.js';
import type { Rows, UnknownPolicy } from '../rows/rows.js';
import type { RowsSource } from '../rows/rows-source.js';
import { matchOutputs } from '../schema/match-outputs.js';
import { outputCount } from '../schema/output-schema.js';

import { meantOutputs, scoreClasses, scoreOutputs, softmax } from '../scores.js';
import { featuresOf, type Network, outputsOf, savedNetwork } from './network.js';

/** What a model says of new rows, in their order. */
export type Predictions =
  | {
      readonly kind: 'classes';
      readonly rowCount: number;
      readonly classNames: readonly string[];
      /** The most probable class of each row, by name. */
      readonly labels: readonly string[];
      /** [rowCount, classCount], in the order of `classNames`. */
      readonly probabilities: Float64Array;
    }
  | {
      readonly kind: 'number';
      readonly rowCount: number;
      /** In the unit of the label column. */
      readonly values: Float64Array;
    };

/** How a model does on rows that have labels. */
export interface Evaluation {
  readonly scores: Readonly<Record<string, number>>;
  /** Precision, recall and F1 of each class, by its name; empty for numbers. */
  readonly classes: Readonly<Record<string, ClassScores>>;
  /** Of rows that were scored. */
  readonly rowCount: number;
  /** Labelled rows left out because the model, or its encoder, learned from them. */
  readonly leftOut: number;
  readonly notes: readonly string[];
}

export interface PredictOptions {
  /** What to do with words, classes or genes that the model never saw. Default `error`. */
  readonly unknown?: UnknownPolicy;
  readonly signal?: AbortSignal;
  /** Told what was found and left out, a line each. */
  readonly onNote?: (note: string) => void;
  /** How to read a file; not needed for rows. */
  readonly read?: RowsOptions;
}

/** A model that predicts, as `finetune` gives it and `openModel` reads it. */
export class Model {
  /** On the host, under `encoder.…` and `head.…`. */
  readonly weights: StateDict;
  readonly card: PredictorCard;
  #network: Network | undefined;

  constructor(weights: StateDict, card: PredictorCard) {
    this.weights = weights;
    this.card = card;
  }

  /** On test rows, of which nothing was learned and by which nothing was chosen. */
  get metrics(): PredictorCard['scores'] {
    return this.card.scores;
  }

  /** The same for knowing only the class shares, or the mean, of the labelled rows. */
  get baseline(): PredictorCard['baseline'] {
    return this.card.baseline;
  }

  /** What was tried and chosen, and by which rows. */
  get chosen(): PredictorCard['chosen'] {
    return this.card.chosen;
  }

  /**
   * Predicts the label of new rows.
   *
   * @param source - rows, or what `readRows` takes: they are read as the model learned to
   * @throws TransferError as `readRows` and `Rows.encode`
   */
  async predict(source: Rows | RowsSource, options: PredictOptions = {}): Promise<Predictions> {
    const rows = await this.#read(source, options);
    const parts: HostTensor[] = [];
    for await (const outputs of this.#outputs(rows, options)) parts.push(outputs);
    return this.#predictions(joined(parts, outputCount(this.card.output)));
  }

  /** The same, some thousand rows at a time: for files of any size. */
  async *predictBlocks(
    source: Rows | RowsSource,
    options: PredictOptions = {},
  ): AsyncGenerator<Predictions, void, undefined> {
    const rows = await this.#read(source, options);
    for await (const outputs of this.#outputs(rows, options)) yield this.#predictions(outputs);
  }

  /**
   * Scores the model on rows that have labels. Rows that it learned from are left out and counted.
   *
   * @param options.all - true for an outside test set: no row is left out
   * @throws TransferError `no-label`, `unknown-value` for a class that is not among the model's
   */
  async evaluate(
    source: Rows | RowsSource,
    options: PredictOptions & { readonly all?: boolean } = {},
  ): Promise<Evaluation> {
    const { signal, all = false } = options;
    const rows = await this.#read(source, options);
    const { ids, rowCount, outputs } = await rows.index(signal);
    const { truth, notes } = matchOutputs(rows, outputs, this.card.output, options.unknown);
    const learned = all ? new Set<number>() : recallRows(this.card.origin.learned);
    const answered = Uint32Array.from({ length: rowCount }, (_, row) => row).filter(
      (row) => !Number.isNaN(truth[row]),
    );
    const scoredRows = answered.filter((row) => !learned.has(ids[row] as number));
    const prepared = await prepareRows(rows, this.card.input, scoredRows, {
      ...encodeOptions(options),
      onNote: (note) => notes.push(note),
    });
    const known = Float64Array.from(scoredRows, (row) => truth[row] as number);
    const said = await this.outputsOf(prepared, signal);
    return {
      scores: scoreOutputs(said, known, this.card.output),
      classes: scoreClasses(said, known, this.card.output),
      rowCount: scoredRows.length,
      leftOut: answered.length - scoredRows.length,
      notes: [...rows.notes, ...notes],
    };
  }

  /** What the network says of prepared rows, on the host: [rowCount, outputCount]; logits, or standardised numbers. */
  async outputsOf(rows: PreparedRows, signal?: AbortSignal): Promise<HostTensor> {
    return outputsOf(this.#live(), rows, signal);
  }

  /** What the encoder makes of prepared rows, on the host: [rowCount, featureCount]. */
  async featuresOf(rows: PreparedRows, signal?: AbortSignal): Promise<HostTensor> {
    return featuresOf(this.#live(), rows, signal);
  }

  /** Saves weights and card as one `.safetensors` file. */
  async save(target: SaveTarget): Promise<void> {
    await saveModelFile(target, this);
  }

  /** The file that `save` would write. */
  toBytes(): Uint8Array {
    return modelFileBytes(this);
  }

  /** @internal The same model with other scores in its card. */
  withScores(scores: PredictorCard['scores'], baseline: PredictorCard['baseline']): Model {
    const model = new Model(this.weights, { ...this.card, scores, baseline });
    model.#network = this.#network;
    this.#network = undefined;
    return model;
  }

  /** Frees what the model holds on the backend; it can be used again afterwards. */
  dispose(): void {
    this.#network?.dispose();
    this.#network = undefined;
  }

  #live(): Network {
    const { architecture, output } = this.card;
    this.#network ??= savedNetwork(architecture, outputCount(output), this.weights);
    return this.#network;
  }

  async #read(source: Rows | RowsSource, { read, unknown, signal }: PredictOptions): Promise<Rows> {
    if (isRows(source)) return source;
    const { input, output } = this.card;
    return readRows(source, {
      ...read,
      ...(unknown ? { unknown } : {}),
      ...(signal ? { signal } : {}),
      like: { input, output },
    });
  }

  async *#outputs(rows: Rows, options: PredictOptions): AsyncGenerator<HostTensor, void, undefined> {
    for (const note of rows.notes) options.onNote?.(note);
    for await (const block of rows.encode(this.card.input, { ...encodeOptions(options), blockRows: 4096 })) {
      const { rowCount, features } = block;
      const width = rowCount > 0 ? features.length / rowCount : 0;
      yield this.outputsOf({ rowCount, width, features, outputs: new Float64Array() }, options.signal);
    }
  }

  #predictions(outputs: HostTensor): Predictions {
    const { output } = this.card;
    const meant = meantOutputs(outputs, output);
    const rowCount = outputs.shape[0] ?? 0;
    if (output.kind === 'number') return { kind: 'number', rowCount, values: Float64Array.from(meant.data) };
    const { classNames } = output;
    const probabilities = softmax(meant);
    const labels = Array.from({ length: rowCount }, (_, row) => {
      const own = probabilities.subarray(row * classNames.length, (row + 1) * classNames.length);
      return classNames[own.indexOf(Math.max(...own))] as string; // one probability a class
    });
    return { kind: 'classes', rowCount, classNames, labels, probabilities };
  }
}

function isRows(source: Rows | RowsSource): source is Rows {
  return typeof source === 'object' && 'encode' in source && 'fitInput' in source;
}

function encodeOptions({ unknown, signal, onNote }: PredictOptions) {
  return {
    ...(unknown ? { unknown } : {}),
    ...(signal ? { signal } : {}),
    ...(onNote ? { onNote } : {}),
  };
}

function joined(parts: readonly HostTensor[], width: number): HostTensor {
  const data = new Float64Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { data, shape: [data.length / width, width] };
}
