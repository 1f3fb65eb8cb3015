import * as tf from '@tensorflow/tfjs-core';
import { tokenIds } from '@warmstart/nn';

/** Token ids: rows of numbers, checked before anything is computed, or an int32 tensor the caller vouches for. */
export type Tokens = readonly (readonly number[])[] | tf.Tensor;

/** A batch of texts. Tensors are not disposed. */
export interface TextBatch {
  /** [batch, length] */
  tokens: Tokens;
  /** 1 for tokens, 0 for padding: [batch, length]. All tokens when left out. */
  mask?: readonly (readonly number[])[] | tf.Tensor | undefined;
  /** 0 for the first text of a pair, 1 for the second. Zeros when left out. */
  tokenTypes?: Tokens | undefined;
}

/** Token ids alone, or with what belongs to them. */
export type TextInput = Tokens | TextBatch;

/** The batch as tensors; made inside the caller's tidy. */
export interface TextTensors {
  tokens: tf.Tensor;
  mask: tf.Tensor | undefined;
  tokenTypes: tf.Tensor | undefined;
}

/**
 * @param limits.count - size of the vocabulary
 * @param limits.length - most tokens a text may have
 * @param limits.typeCount - how many token types there are
 * @throws RangeError for ids out of range, texts too long, and masks or types of another shape
 */
export function textTensors(
  input: TextInput,
  limits: { name: string; count: number; length: number; typeCount?: number },
): TextTensors {
  const batch = isBatch(input) ? input : { tokens: input };
  const { name, count, length, typeCount = 0 } = limits;
  const tokens = tokensOf(batch.tokens, count, length);
  if (tokens.shape.length !== 2 || tokens.dtype !== 'int32') {
    throw new RangeError(
      `${name}: tokens must be int32 [batch, length], got ${tokens.dtype} [${tokens.shape}].`,
    );
  }
  if ((tokens.shape[1] as number) > length) {
    throw new RangeError(
      `${name}: the model takes at most ${length} tokens, got ${tokens.shape[1]}. Truncate the texts.`,
    );
  }
  const mask = batch.mask && (batch.mask instanceof tf.Tensor ? batch.mask : maskTensor(batch.mask));
  const tokenTypes = batch.tokenTypes && tokensOf(batch.tokenTypes, typeCount, length);
  for (const [what, tensor] of Object.entries({ mask, tokenTypes })) {
    if (!tensor || tf.util.arraysEqual(tensor.shape, tokens.shape)) continue;
    throw new RangeError(`${name}: ${what} must be [${tokens.shape}] like tokens, got [${tensor.shape}].`);
  }
  return { tokens, mask, tokenTypes };
}

function isBatch(input: TextInput): input is TextBatch {
  return !(input instanceof tf.Tensor) && 'tokens' in input;
}

function tokensOf(tokens: Tokens, count: number, length: number): tf.Tensor {
  return tokens instanceof tf.Tensor ? tokens : tokenIds(tokens, { count, length });
}

function maskTensor(rows: readonly (readonly number[])[]): tf.Tensor {
  return tf.cast(tokenIds(rows, { count: 2 }), 'float32');
}
