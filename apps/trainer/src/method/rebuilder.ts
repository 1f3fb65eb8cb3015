import * as tf from '@tensorflow/tfjs-core';
import { autoencoder, bertForPretraining } from '@warmstart/models';
import type { CallOptions } from '@warmstart/nn';
import type { HasVariables, Random } from '@warmstart/shapes';
import { hideValues, maskedLoss, maskTokens, sampleMaskValues } from '@warmstart/ssl-masking';
import { Tokenizer } from '@warmstart/tokenizers';
import type { Part } from '../data/encode-rows.js';
import { type Layout, layoutOf, type Preparation } from '../data/preparation.js';
import { type Architecture, type Encoder, TextEncoder } from './architecture.js';
import { rebuildLoss } from './rebuild-loss.js';

/** An encoder while it is pre-trained, with what rebuilds hidden values from its features. */
export interface Rebuilder {
  readonly architecture: Architecture;
  readonly encoder: Encoder;
  /** All that learns. */
  readonly model: HasVariables & { dispose(): void };
  /** Rows with what a mask drawn from `random` hides; the caller disposes the tensors. */
  hide(rows: Part, random: Random): HiddenRows;
  /** Loss of rebuilding what is hidden. */
  loss(rows: HiddenRows, options?: CallOptions): tf.Scalar;
  /** The same for predicting what is most usual in the training rows, whatever is seen. */
  baselineLoss(rows: HiddenRows): tf.Scalar;
  /** What the model makes of rows with some values hidden, on the host; only where columns are rebuilt. */
  rebuild?(rows: Part, random: Random): Promise<{ hidden: Uint8Array; rebuilt: Float32Array }>;
}

/** What is seen, what is to be rebuilt, and where; a type, so that it counts as tensors by name. */
export type HiddenRows = {
  input: tf.Tensor2D;
  target: tf.Tensor2D;
  mask: tf.Tensor2D;
};

/** What {@link makeRebuilder} takes. */
export interface RebuilderOptions {
  preparation: Preparation;
  train: Part;
  hidden: readonly number[];
  maskRatio: number | undefined;
  random: Random;
}

/** New weights for the kind of data at hand: fully connected for columns and pixels, a transformer for texts. */
export function makeRebuilder(options: RebuilderOptions): Rebuilder {
  const { preparation } = options;
  return preparation.kind === 'texts' ? textRebuilder(options, preparation) : columnRebuilder(options);
}

function columnRebuilder({ preparation, train, hidden, maskRatio, random }: RebuilderOptions): Rebuilder {
  const layout = layoutOf(preparation);
  const ratio = maskRatio ?? layout.maskRatio;
  const model = autoencoder({ inFeatures: layout.width, hidden, random });
  const usual = usualRow(train, layout);
  const lossOf = ({ input, target, mask }: HiddenRows, predict: (input: tf.Tensor2D) => tf.Tensor) =>
    tf.tidy(() => rebuildLoss(predict(input), target, mask, layout.blocks));
  return {
    architecture: { kind: 'mlp', inFeatures: layout.width, hidden: [...hidden] },
    encoder: model.encoder,
    model,
    hide: (rows, draw) => tf.tidy(() => maskedColumns(rows, layout, ratio, draw)),
    loss: (rows, callOptions) => lossOf(rows, (input) => model.call(input, callOptions)),
    baselineLoss: (rows) =>
      lossOf(rows, ({ shape }) => tf.tile(tf.tensor2d(usual, [1, layout.width]), [shape[0], 1])),
    async rebuild(rows, draw) {
      const { mask, rebuilt } = tf.tidy(() => {
        const masked = maskedColumns(rows, layout, ratio, draw);
        return { mask: tf.cast(masked.mask, 'int32'), rebuilt: model.call(masked.input) };
      });
      const result = {
        hidden: Uint8Array.from(await mask.data()),
        rebuilt: (await rebuilt.data()) as Float32Array,
      };
      tf.dispose([mask, rebuilt]);
      return result;
    },
  };
}

function maskedColumns({ features, rowCount, known }: Part, layout: Layout, ratio: number, random: Random) {
  const shape: [number, number] = [rowCount, layout.width];
  const target = tf.tensor2d(features, shape);
  const { groups } = layout;
  const hidden = sampleMaskValues(shape, ratio, random, { groups, ...(known ? { eligible: known } : {}) });
  const mask = tf.tensor2d(hidden, shape, 'bool');
  return { target, mask, input: hideValues(target, mask) };
}

/** Zero for a number, which is its mean; for a category the logarithm of how often each value comes. */
function usualRow({ features, rowCount }: Part, { width, blocks }: Layout): Float32Array {
  const usual = new Float32Array(width);
  for (const { kind, start, size } of blocks) {
    if (kind !== 'category') continue;
    for (let column = start; column < start + size; column++) {
      let count = 0;
      for (let row = 0; row < rowCount; row++) count += features[row * width + column] as number;
      usual[column] = Math.log((count + 0.5) / (rowCount + 1));
    }
  }
  return usual;
}

function textRebuilder(
  { train, maskRatio = 0.15, random }: RebuilderOptions,
  preparation: Extract<Preparation, { kind: 'texts' }>,
): Rebuilder {
  const { vocabularySize, tokenizer, length } = preparation;
  const words = new Tokenizer(tokenizer);
  const maskId = words.idOf('[MASK]') as number; // as trainTokenizer makes it
  const specialIds = [...words.specialIds].filter((id) => id !== maskId); // never hidden, never put in
  const { padId: paddingId = 0 } = words;
  const config = {
    vocabularySize,
    features: 128,
    layerCount: 2,
    headCount: 4,
    positionCount: length,
    paddingId,
    dropout: 0,
    pooler: true,
  };
  const model = bertForPretraining({ ...config, random });
  const hide = (rows: Part, draw: Random): HiddenRows => {
    const shape: [number, number] = [rows.rowCount, length];
    return maskTokens(rows.features, shape, { maskId, vocabularySize, specialIds, random: draw, maskRatio });
  };
  const lossOf = (
    { input, target, mask }: HiddenRows,
    predict: (tokens: tf.Tensor2D, seen: tf.Tensor) => tf.Tensor,
  ) =>
    tf.tidy(() => {
      const seen = tf.cast(tf.notEqual(input, tf.scalar(paddingId, 'int32')), 'float32');
      return maskedLoss(predict(input, seen), target, mask, { kind: 'cross-entropy' });
    });
  const usual = usualTokens(train, vocabularySize);
  return {
    architecture: { kind: 'bert', config },
    encoder: new TextEncoder(model.bert),
    model,
    hide,
    loss: (rows, callOptions) => lossOf(rows, (tokens, mask) => model.call({ tokens, mask }, callOptions)),
    baselineLoss: (rows) =>
      lossOf(rows, ({ shape }) => tf.tile(tf.tensor3d(usual, [1, 1, vocabularySize]), [shape[0], length, 1])),
  };
}

function usualTokens({ features }: Part, vocabularySize: number): Float32Array {
  const counts = new Float32Array(vocabularySize).fill(0.5);
  for (const id of features) counts[id] = (counts[id] as number) + 1;
  return counts.map((count) => Math.log(count / features.length));
}
