import * as tf from '@tensorflow/tfjs-core';
import { bertForPretraining } from '@warmstart/models';
import type { Random } from '@warmstart/shapes';
import { maskedLoss, maskTokens } from '@warmstart/ssl-masking';
import { TextEncoder } from '../encoders/text-encoder.js';
import type { PreparedRows } from '../rows/prepared-rows.js';
import type { TextsInput } from '../schema/input-schema.js';
import type { HiddenRows, Rebuilder, RebuilderOptions } from './rebuilder.js';

/** Never hidden, never put in; the first ids of the vocabularies that are trained here. */
const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/** Small enough for two cores. */
const smallBert = { features: 128, layerCount: 2, headCount: 4, dropout: 0, pooler: true };

/** Rebuilds hidden tokens by a small BERT. */
export function textRebuilder(
  { train, maskRatio = 0.15, random }: RebuilderOptions,
  { vocabularySize, tokenizer, length }: TextsInput,
): Rebuilder {
  const { vocab } = tokenizer.model as { vocab: Record<string, number> }; // as trainTokenizer makes it
  const specialIds = specialTokens.map((token) => vocab[token] as number);
  const [paddingId = 0] = specialIds;
  const maskId = vocab['[MASK]'] as number; // as trainTokenizer makes it
  const config = { ...smallBert, vocabularySize, positionCount: length, paddingId };
  const model = bertForPretraining({ ...config, random });
  const hide = ({ features, rowCount }: PreparedRows, draw: Random): HiddenRows =>
    maskTokens(features, [rowCount, length], {
      maskId,
      vocabularySize,
      specialIds,
      random: draw,
      maskRatio,
    });
  const lossOf = (
    { input, target, mask }: HiddenRows,
    predict: (tokens: tf.Tensor2D, seen: tf.Tensor) => tf.Tensor,
  ) =>
    tf.tidy(() => {
      const seen = tf.cast(tf.notEqual(input, tf.scalar(paddingId, 'int32')), 'float32');
      return maskedLoss(predict(input, seen), target, mask, { kind: 'cross-entropy' });
    });
  const baseline = logShares(train, vocabularySize);
  return {
    architecture: { kind: 'bert', config },
    encoder: new TextEncoder(model.bert),
    model,
    hide,
    canHide: (rows, row) => hasTwoOrdinaryTokens(rows, row, new Set([...specialIds, maskId])),
    loss: (rows, callOptions) => lossOf(rows, (tokens, mask) => model.call({ tokens, mask }, callOptions)),
    baselineLoss: (rows) =>
      lossOf(rows, ({ shape }) =>
        tf.tile(tf.tensor3d(baseline, [1, 1, vocabularySize]), [shape[0], length, 1]),
      ),
  };
}

function hasTwoOrdinaryTokens(
  { features, width }: PreparedRows,
  row: number,
  special: ReadonlySet<number>,
): boolean {
  let count = 0;
  for (let at = row * width; at < (row + 1) * width; at++) {
    if (!special.has(features[at] as number) && ++count === 2) return true;
  }
  return false;
}

/** How often each token comes, as a logarithm. */
function logShares({ features }: PreparedRows, vocabularySize: number): Float32Array {
  const counts = new Float32Array(vocabularySize).fill(0.5);
  for (const id of features) counts[id] = (counts[id] as number) + 1;
  return counts.map((count) => Math.log(count / features.length));
}
