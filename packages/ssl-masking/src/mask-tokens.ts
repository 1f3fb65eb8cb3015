import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import type { RandomByRow } from './random.js';
import { rowRandom } from './random.js';
import { sampleMaskValues } from './sample-mask.js';
import type { Units } from './units.js';

/** What becomes of a token that is to be rebuilt; shares that sum to 1. */
export interface TokenReplacement {
  /** Replaced by the mask token. */
  mask: number;
  /** Replaced by a random ordinary token. */
  random: number;
  /** Left as it is, but asked for. */
  keep: number;
}

/** What {@link maskTokens} takes besides the tokens. */
export interface MaskTokensOptions {
  /** Stands for what is hidden. */
  maskId: number;
  vocabularySize: number;
  /** Never hidden, never put in: padding, [CLS], [SEP]. */
  specialIds: readonly number[];
  random: Random | RandomByRow;
  /** Share of the eligible tokens (or words) of each row, in (0, 1). Default 0.15. */
  maskRatio?: number;
  /** Default BERT's 80 / 10 / 10. */
  replace?: TokenReplacement;
  /** Word of each token, [rows × length], equal within a word: whole words are hidden then. Negative: none. */
  wordIds?: ArrayLike<number>;
  /** Hides runs of this many tokens (or words). */
  spanLength?: number;
}

/** Tokens to read, tokens to rebuild and where; the caller disposes all three. */
export interface MaskedTokens {
  /** int32 [rows, length] */
  input: tf.Tensor2D;
  /** int32 [rows, length], the true tokens */
  target: tf.Tensor2D;
  /** bool [rows, length], true where the loss asks */
  mask: tf.Tensor2D;
}

/**
 * Hides tokens as BERT does, but an exact count a row: at least one, never all.
 *
 * @param ids - token ids, [rows × length]
 * @throws RangeError for a token outside the vocabulary, a mask token that is special, shares that do not sum
 *   to 1, or a row with fewer than two tokens that may be hidden
 * @see Devlin et al. 2018, arXiv 1810.04805 §3.1; Joshi et al. 2019, arXiv 1907.10529 (spans)
 */
export function maskTokens(
  ids: ArrayLike<number>,
  shape: readonly [number, number],
  options: MaskTokensOptions,
): MaskedTokens {
  const { input, mask } = maskTokenValues(ids, shape, options);
  const size: [number, number] = [shape[0], shape[1]];
  return {
    input: tf.tensor2d(input, size, 'int32'),
    target: tf.tensor2d(Int32Array.from(ids), size, 'int32'),
    mask: tf.tensor2d(mask, size, 'bool'),
  };
}

/** {@link maskTokens} without tensors, for data made in a worker. */
export function maskTokenValues(
  ids: ArrayLike<number>,
  shape: readonly [number, number],
  options: MaskTokensOptions,
): { input: Int32Array; mask: Uint8Array } {
  const { specialIds, random, maskRatio = 0.15, replace = { mask: 0.8, random: 0.1, keep: 0.1 } } = options;
  checkTokens(ids, shape, options, replace);
  const [rows, length] = shape;
  const special = new Set(specialIds);
  const eligible = Uint8Array.from(ids, (id) => (special.has(id) ? 0 : 1));
  const { wordIds, spanLength } = options;
  const streams = Array.from({ length: rows }, (_, row) => rowRandom(random, row));
  const mask = sampleMaskValues(
    shape,
    maskRatio,
    { forRow: (row) => streams[row] as Random },
    {
      eligible,
      ...(wordIds ? { groups: (row: number) => wordsOf(wordIds, eligible, row * length, length) } : {}),
      ...(spanLength === undefined ? {} : { spanLength }),
    },
  );
  const input = Int32Array.from(ids);
  for (let row = 0; row < rows; row++) {
    const draw = streams[row] as Random; // one a row
    for (let place = row * length; place < (row + 1) * length; place++) {
      if (mask[place]) input[place] = replacementFor(input[place] as number, draw, special, replace, options);
    }
  }
  return { input, mask };
}

function replacementFor(
  id: number,
  draw: Random,
  special: ReadonlySet<number>,
  replace: TokenReplacement,
  { maskId, vocabularySize }: MaskTokensOptions,
): number {
  const choice = draw();
  if (choice < replace.mask) return maskId;
  if (choice >= replace.mask + replace.random) return id;
  for (;;) {
    const other = Math.floor(draw() * vocabularySize);
    if (!special.has(other) && other !== maskId) return other;
  }
}

/** Places of each word of one row, as units. */
function wordsOf(wordIds: ArrayLike<number>, eligible: Uint8Array, offset: number, length: number): Units {
  const words = new Map<number, number[]>();
  for (let place = 0; place < length; place++) {
    const word = wordIds[offset + place] as number; // wordIds covers all rows
    if (word < 0 || !eligible[offset + place]) continue;
    words.set(word, [...(words.get(word) ?? []), place]);
  }
  return [...words.values()];
}

function checkTokens(
  ids: ArrayLike<number>,
  [rows, length]: readonly [number, number],
  { maskId, vocabularySize, specialIds, wordIds }: MaskTokensOptions,
  replace: TokenReplacement,
): void {
  if (ids.length !== rows * length || (wordIds && wordIds.length !== ids.length)) {
    throw new RangeError(
      `maskTokens: ids and wordIds must hold ${rows} × ${length} values in one flat array, got ${ids.length} and ${wordIds?.length ?? 'none'}.`,
    );
  }
  if (!specialIds) {
    throw new TypeError('maskTokens: specialIds must list padding, [CLS] and [SEP]; [] if there are none.');
  }
  if (specialIds.includes(maskId)) {
    throw new RangeError(
      `maskTokens: maskId must not be among specialIds, got ${maskId}. Is it the padding? If it is [MASK], list the others only.`,
    );
  }
  if (!(maskId >= 0 && maskId < vocabularySize)) {
    throw new RangeError(`maskTokens: maskId must be below vocabularySize ${vocabularySize}, got ${maskId}.`);
  }
  const shares = [replace.mask, replace.random, replace.keep];
  if (
    shares.some((share) => !(share >= 0)) ||
    Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) > 1e-9
  ) {
    throw new RangeError(
      `maskTokens: replace must be shares that sum to 1, got mask ${replace.mask}, random ${replace.random}, keep ${replace.keep}.`,
    );
  }
  if (replace.random > 0 && new Set([...specialIds, maskId]).size >= vocabularySize) {
    throw new RangeError(
      `maskTokens: the vocabulary must hold an ordinary token, got ${vocabularySize} special ones.`,
    );
  }
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place] as number; // place < length
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
    throw new RangeError(
      `maskTokens: tokens must be below vocabularySize ${vocabularySize}, got ${id} in row ${Math.floor(place / length)}, place ${place % length}.`,
    );
  }
}
