import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { normalFill } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireSize } from './size.js';

export interface EmbeddingOptions {
  random: Random;
  /** standard deviation of the first values. Default 1, PyTorch's; BERT and GPT-2 use 0.02. */
  deviation?: number;
  /** this row starts at zero and does not learn */
  paddingIndex?: number;
}

/**
 * A row of numbers per token.
 *
 * @see torch.nn.Embedding
 */
export class Embedding extends Module {
  readonly count: number;
  readonly features: number;
  readonly paddingIndex: number | undefined;
  readonly weight: Parameter;

  /** @param count - how many tokens there are */
  constructor(count: number, features: number, options: EmbeddingOptions) {
    super();
    requireSize('Embedding', 'count', count);
    requireSize('Embedding', 'features', features);
    this.count = count;
    this.features = features;
    this.paddingIndex = options.paddingIndex;
    const draw = normalFill(0, options.deviation ?? 1, options.random);
    this.weight = new Parameter({
      shape: [count, features],
      fill: (values) => {
        draw(values);
        const start = (this.paddingIndex ?? -1) * features;
        if (start >= 0) values.fill(0, start, start + features);
      },
    });
  }

  /**
   * @param tokens - int32 [...], each in [0, count); `tokenIds` makes checked ones
   * @returns [..., features]
   */
  override call(tokens: tf.Tensor): tf.Tensor {
    if (tokens.dtype !== 'int32') {
      throw new TypeError(`Embedding: tokens must be int32, got ${tokens.dtype}.`);
    }
    return tf.tidy(() => {
      const flat = tf.reshape(tokens, [-1]) as tf.Tensor1D;
      const rows =
        this.paddingIndex === undefined ? tf.gather(this.weight.variable, flat) : this.#gather(flat);
      return tf.reshape(rows, [...tokens.shape, this.features]);
    });
  }

  #gather(flat: tf.Tensor1D): tf.Tensor {
    const apply = tf.customGrad((value, save) => {
      const counts = tf.notEqual(flat, tf.scalar(this.paddingIndex as number, 'int32'));
      (save as tf.GradSaveFunc)([flat, tf.cast(counts, 'float32')]);
      return {
        value: tf.gather(value as tf.Tensor, flat),
        gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
          const [tokens, learning] = saved as [tf.Tensor1D, tf.Tensor];
          const rows = tf.mul(dy, tf.expandDims(learning, 1));
          return tf.unsortedSegmentSum(rows, tokens, this.count);
        },
      };
    });
    return apply(this.weight.variable);
  }
}

/**
 * Token ids as a tensor, checked before anything is computed with them.
 *
 * @param rows - one list of ids per example, all of one length
 * @param limits.count - ids must be below it
 * @param limits.length - lists must not be longer
 * @returns int32 [batch, length]; the caller disposes it
 * @throws RangeError naming the row and position of the first id out of range, or the list that is too long
 * @throws TypeError for anything but lists of lists
 */
export function tokenIds(
  rows: readonly (readonly number[])[],
  { count, length = Number.POSITIVE_INFINITY }: { count: number; length?: number },
): tf.Tensor2D {
  if (!Array.isArray(rows) || !rows.every(Array.isArray)) {
    throw new TypeError('tokenIds: rows must be lists of ids, one for each example, e.g. [[5, 2], [7, 0]].');
  }
  const width = rows[0]?.length ?? 0;
  if (width === 0) throw new RangeError('tokenIds: there must be a row with a token, got none.');
  for (const [row, ids] of rows.entries()) {
    if (ids.length !== width) {
      throw new RangeError(
        `tokenIds: all rows must have one length, got ${width} and, in row ${row}, ${ids.length}. Pad them.`,
      );
    }
    if (ids.length > length) {
      throw new RangeError(
        `tokenIds: the model takes at most ${length} tokens, got ${ids.length} in row ${row}. Truncate it.`,
      );
    }
    const wrong = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= count);
    if (wrong >= 0) {
      throw new RangeError(
        `tokenIds: ids must be whole numbers from 0 to ${count - 1}, got ${ids[wrong]} in row ${row}, ` +
          `position ${wrong}. Does the tokenizer belong to this model?`,
      );
    }
  }
  return tf.tensor2d(Int32Array.from(rows.flat()), [rows.length, width], 'int32');
}
