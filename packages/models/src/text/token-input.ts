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
 * @throws RangeError for ids out of range, texts too long or empty, and masks or types of another shape
 * @throws TypeError for anything but tokens, and for token types where the network has none
 */
export function textTensors(
  input: TextInput,
  limits: { name: string; count: number; length: number; typeCount?: number },
): TextTensors {
  const { name, count, length, typeCount = 0 } = limits;
  const batch = batchOf(input, name);
  const tokens = tokensOf(batch.tokens, count, length);
  if (tokens.shape.length !== 2 || tokens.dtype !== 'int32') {
    throw new RangeError(
      `${name}: tokens must be int32 [batch, length], got ${tokens.dtype} [${tokens.shape}].`,
    );
  }
  if (tokens.size === 0) {
    throw new RangeError(`${name}: there must be a text with a token, got tokens of [${tokens.shape}].`);
  }
  if ((tokens.shape[1] as number) > length) {
    throw new RangeError(
      `${name}: the model takes at most ${length} tokens, got ${tokens.shape[1]}. Truncate the texts.`,
    );
  }
  const mask = batch.mask && (batch.mask instanceof tf.Tensor ? batch.mask : maskTensor(batch.mask));
  if (batch.tokenTypes && typeCount === 0) {
    throw new TypeError(`${name}: there are no token types in this network. Leave tokenTypes out.`);
  }
  const tokenTypes = batch.tokenTypes && tokensOf(batch.tokenTypes, typeCount, length);
  for (const [what, tensor] of Object.entries({ mask, tokenTypes })) {
    if (!tensor || tf.util.arraysEqual(tensor.shape, tokens.shape)) continue;
    throw new RangeError(`${name}: ${what} must be [${tokens.shape}] like tokens, got [${tensor.shape}].`);
  }
  return { tokens, mask, tokenTypes };
}

function batchOf(input: TextInput, name: string): TextBatch {
  if (input instanceof tf.Tensor || Array.isArray(input)) return { tokens: input as Tokens };
  if (typeof input === 'object' && input !== null && 'tokens' in input) return input;
  throw new TypeError(
    `${name}: the input must be rows of token ids, an int32 tensor, or { tokens, mask } as a tokenizer gives them, ` +
      `got ${typeof input}. Encode texts with a tokenizer of @warmstart/tokenizers.`,
  );
}

function tokensOf(tokens: Tokens, count: number, length: number): tf.Tensor {
  return tokens instanceof tf.Tensor ? tokens : tokenIds(tokens, { count, length });
}

function maskTensor(rows: readonly (readonly number[])[]): tf.Tensor {
  return tf.cast(tokenIds(rows, { count: 2 }), 'float32');
}
