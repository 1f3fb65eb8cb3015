import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '@warmstart/shapes';
import { Dropout } from './dropout.js';
import { constantFill, xavierUniformFill } from './init.js';
import { Linear } from './linear.js';
import { type CallOptions, Module } from './module.js';
import { Parameter } from './parameter.js';
import { requireNamed } from './size.js';

/** Added to the score of a pair that must not meet; after the softmax its weight is exactly 0. */
const apart = -1e30;

export interface AttentionInput {
  /** [batch, queries, features] */
  query: tf.Tensor;
  /** [batch, keys, features]; the query when left out */
  key?: tf.Tensor;
  /** [batch, keys, features]; the key when left out */
  value?: tf.Tensor;
  /** true or 1 where a key may be seen: [batch, keys] */
  keyMask?: tf.Tensor | undefined;
  /** true or 1 where a query may see a key: [queries, keys] */
  pairMask?: tf.Tensor | undefined;
  /** each query sees only keys up to its own position */
  causal?: boolean;
}

/**
 * What to add to attention scores so that masked pairs do not meet.
 *
 * @returns [batch or 1, 1, queries or 1, keys], or nothing if nothing is masked; the caller disposes it
 */
export function attentionBias(
  masks: Pick<AttentionInput, 'keyMask' | 'pairMask' | 'causal'>,
  [queries, keys]: [number, number],
): tf.Tensor | undefined {
  const { keyMask, pairMask, causal = false } = masks;
  if (!keyMask && !pairMask && !causal) return undefined;
  return tf.tidy(() => {
    const hidden = (mask: tf.Tensor) => tf.mul(tf.sub(1, tf.cast(mask, 'float32')), apart);
    const parts: tf.Tensor[] = [];
    if (keyMask) parts.push(tf.reshape(hidden(keyMask), [-1, 1, 1, keys]));
    if (pairMask) parts.push(tf.reshape(hidden(pairMask), [1, 1, queries, keys]));
    if (causal) parts.push(causalBias(queries, keys));
    return parts.reduce((sum, part) => tf.maximum(tf.add(sum, part), apart));
  });
}

/** The last query stands at the last key: earlier keys may come from a cache. */
function causalBias(queries: number, keys: number): tf.Tensor {
  const values = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++) {
    for (let j = i + 1 + keys - queries; j < keys; j++) values[i * keys + j] = apart;
  }
  return tf.tensor(values, [1, 1, queries, keys]);
}

/**
 * softmax(q kᵀ / √d + bias) v.
 *
 * @param parts.query - [batch, heads, queries, d]; key and value [batch, heads, keys, d]
 * @param parts.bias - see `attentionBias`; not disposed
 * @param parts.dropout - applied to the weights
 * @returns [batch, heads, queries, d]
 * @see Vaswani et al. 2017, arXiv 1706.03762 §3.2.1
 */
export function scaledDotProductAttention(
  parts: {
    query: tf.Tensor;
    key: tf.Tensor;
    value: tf.Tensor;
    bias?: tf.Tensor | undefined;
    dropout?: Dropout;
  },
  options?: CallOptions,
): tf.Tensor {
  const { query, key, value, bias, dropout } = parts;
  return tf.tidy(() => {
    const scale = 1 / Math.sqrt(query.shape.at(-1) as number);
    const scores = tf.matMul(tf.mul(query, scale), key, false, true);
    const weights = tf.softmax(bias ? tf.add(scores, bias) : scores, -1);
    return tf.matMul(dropout ? dropout.call(weights, options) : weights, value);
  });
}

/** [batch, length, heads · d] to [batch, heads, length, d]. */
export function splitHeads(x: tf.Tensor, headCount: number): tf.Tensor {
  const [batch, length, features] = x.shape as [number, number, number];
  return tf.tidy(() =>
    tf.transpose(tf.reshape(x, [batch, length, headCount, features / headCount]), [0, 2, 1, 3]),
  );
}

/** [batch, heads, length, d] to [batch, length, heads · d]. */
export function mergeHeads(x: tf.Tensor): tf.Tensor {
  const [batch, heads, length, size] = x.shape as [number, number, number, number];
  return tf.tidy(() => tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]));
}

/**
 * Checks how many heads there are, before anything is built.
 *
 * @throws RangeError unless the heads share the features evenly
 */
export function requireHeads(layer: string, features: number, headCount: number): void {
  if (Number.isInteger(headCount) && headCount > 0 && features % headCount === 0) return;
  throw new RangeError(`${layer}: headCount must divide features ${features}, got ${headCount}.`);
}

/**
 * Several attentions side by side, each on its share of the features.
 *
 * @see Vaswani et al. 2017, arXiv 1706.03762 §3.2.2; torch.nn.MultiheadAttention(batch_first=True)
 */
export class MultiheadAttention extends Module<AttentionInput> {
  readonly features: number;
  readonly headCount: number;
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter;
  readonly out_proj: Linear;
  readonly dropout: Dropout;

  constructor(features: number, headCount: number, options: { random: Random; dropout?: number }) {
    super();
    requireHeads('MultiheadAttention', features, headCount);
    this.features = features;
    this.headCount = headCount;
    const shape = [3 * features, features];
    this.in_proj_weight = new Parameter({
      shape,
      fill: xavierUniformFill({ shape, random: options.random }),
    });
    this.in_proj_bias = new Parameter({ shape: [3 * features] });
    this.out_proj = new Linear(features, features, { random: options.random });
    this.out_proj.bias?.reset(constantFill(0));
    this.dropout = new Dropout(options.dropout ?? 0);
  }

  /** @returns [batch, queries, features] */
  override call(input: AttentionInput, options?: CallOptions): tf.Tensor {
    const { query, key = query, value = key } = input;
    requireNamed('MultiheadAttention', 'query', query);
    for (const x of [query, key, value]) {
      if (x.shape.length === 3 && x.shape[2] === this.features) continue;
      throw new RangeError(
        `MultiheadAttention: inputs must be [batch, length, ${this.features}], got [${x.shape}].`,
      );
    }
    return tf.tidy(() => {
      const weights = tf.split(this.in_proj_weight.variable, 3);
      const biases = tf.split(this.in_proj_bias.variable, 3);
      const [q, k, v] = [query, key, value].map((x, i) => this.#project(x, weights[i], biases[i]));
      const lengths: [number, number] = [query.shape[1] as number, key.shape[1] as number];
      const attended = scaledDotProductAttention(
        {
          query: q as tf.Tensor,
          key: k as tf.Tensor,
          value: v as tf.Tensor,
          bias: attentionBias(input, lengths),
          dropout: this.dropout,
        },
        options,
      );
      return this.out_proj.call(mergeHeads(attended));
    });
  }

  #project(x: tf.Tensor, weight: tf.Tensor | undefined, bias: tf.Tensor | undefined): tf.Tensor {
    const rows = tf.reshape(x, [-1, this.features]);
    const y = tf.add(tf.matMul(rows, weight as tf.Tensor, false, true), bias as tf.Tensor);
    return splitHeads(tf.reshape(y, x.shape), this.headCount);
  }
}
